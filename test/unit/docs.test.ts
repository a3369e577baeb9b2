// Documents made from data say what the data says.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { capabilityTable } from "../house/capability-table.js"
import { cells, missing } from "../house/feature-table.js"
import { generated } from "../house/generated.js"

for (const { path, text } of generated()) {
  test(`${path.split("/docs/")[1]} is as its data`, () => assert.equal(readFileSync(path, "utf8"), text, "type: npm run docs"))
}

test("every cell of the table of features has a test that shows it, or a reason why it cannot be", () => assert.deepEqual(missing(), []))

test("the table of features is what the tests say", () => {
  const source = `cell("telegram", "text", "in", ["direct"], "native", run)\ncell("discord", "poll", "in", both, "fallback", run)`
  const known = cells([source])
  assert.equal(known.get("telegram text in direct"), "native")
  assert.equal(known.get("telegram text in room"), undefined)
  assert.equal(known.get("discord poll in room"), "fallback")
  assert.ok(missing(known).includes("telegram text in room"))
  assert.throws(() => cells([source, source.replace("native", "fallback")]), /telegram text in direct is said to be/)
})

test("the table follows the data", () => {
  const cells = (label: string, table: string): string[] =>
    table
      .split("\n")
      .filter((line) => line.startsWith(`| ${label} |`))
      .map((line) => line.split(" | ")[1]?.replace(/ \|$/, "") ?? "")
  const bare = capabilityTable([{ name: "Bare", capabilities: { send: {} } }])
  assert.deepEqual(cells("corrections", bare), ["as a new message", "–"])
  assert.deepEqual(cells("list of members", bare), ["–"])
  const rich = capabilityTable([
    {
      name: "Rich",
      capabilities: {
        send: { idempotent: "own" },
        edit: { withinSeconds: 7200 },
        tells: ["edit"],
        members: { complete: true },
        manage: { can: ["pin"] },
      },
    },
  ])
  assert.deepEqual(cells("corrections", rich), ["yes, for 2 h", "yes"])
  assert.deepEqual(cells("list of members", rich), ["yes"])
  assert.deepEqual(cells("after a crash, never sent twice", rich), ["what the bot says itself"])
  assert.deepEqual(cells("pinned messages", rich), ["–"], "unpinning is missing")
})
