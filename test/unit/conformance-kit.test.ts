// The conformance kit finds what it is there to find.
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { describe, it } from "node:test"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../fakes/broken-adapter.js", import.meta.url))

/** The names of the checks that failed. */
function failures(fault: string): Promise<string[]> {
  // A test run inside a test run would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--test-reporter=tap", program, fault, ...(fault === "never ends" ? ["100"] : [])],
      { env, maxBuffer: 1e8 },
      (_error, stdout) => {
        resolve([...stdout.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name]) => name ?? ""))
      },
    )
  })
}

describe("the conformance kit", () => {
  for (const [fault, check] of [
    ["acknowledges early", /^acknowledges nothing before emit resolved/],
    ["emits twice", /^brings a person's messages, whole and once/],
    ["mangles emoji", /^emoji$/],
    ["throws anything", /^fails with the kind that is due/],
    ["logs the secret", /let no secret into a log/],
    ["never ends", /^ends when it is told to/],
    ["lacks a verb", /has a verb for every capability/],
    ["forgets keys", /^drops a second send with the same key/],
    ["ignores edits", /^edit$/],
    ["says in private what was said in a room", /^brings what is said in a room/],
    ["skips a page of history", /^after$/],
    ["lists members twice", /^lists the members/],
    ["retries what is forbidden", /^fails in rooms where it may do nothing/],
    ["takes any password", /^refuses bad credentials/],
  ] as const) {
    it(`finds an adapter that ${fault}`, async () => {
      const failed = await failures(fault)
      assert.ok(
        failed.some((name) => check.test(name)),
        `failed were: ${failed.join("; ")}`,
      )
      // One fault does not condemn everything: an author sees where to look.
      if (fault !== "never ends") assert.ok(failed.length < 13, `failed were: ${failed.join("; ")}`)
    })
  }

  it("finds nothing where there is nothing", async () => {
    assert.deepEqual(await failures("none"), [])
  })
})
