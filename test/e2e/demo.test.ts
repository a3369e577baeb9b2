// `npm run demo -- --once` as a newcomer runs it: plays to the end, cleans up, and says so when it does not.
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { Child } from "../support/child.js"
import { logPath, root, tempDir } from "../support/paths.js"
import { secret } from "../support/secrets.js"

async function demo(env: Record<string, string | undefined>, whenSaid?: { text: string; signal: NodeJS.Signals }) {
  const folder = tempDir("demo")
  const logFile = logPath("demo")
  const child: Child = await Child.start(
    process.execPath,
    [join(root, "test", "dist", "demo", "main.js"), ...(whenSaid ? [] : ["--once"])],
    {
      logFile,
      env: { TELEGRAM_BOT_TOKEN: undefined, DISCORD_BOT_TOKEN: undefined, ...env, TMPDIR: folder },
      line: (line) => {
        if (whenSaid && line.includes(whenSaid.text)) child.signal(whenSaid.signal)
      },
    },
  )
  const { code } = await child.exited
  return { code, output: readFileSync(logFile, "utf8"), left: readdirSync(folder) }
}

test("plays every step, seen on both sides, and leaves nothing behind", async () => {
  const { code, output, left } = await demo({})
  assert.equal(code, 0, output)
  assert.match(output, /All \d+ steps were seen on both sides/)
  assert.match(output, /JID +romeo@localhost/)
  assert.deepEqual(left, [])
})

test("a step that fails is named, with the reason, and the exit code tells", async () => {
  const token = secret("4711:this-is-no-token-at-all!")
  const { code, output, left } = await demo({ TELEGRAM_BOT_TOKEN: token })
  assert.equal(code, 1, output)
  assert.match(output, /not a bot token/)
  assert.ok(!output.includes(token))
  assert.deepEqual(left, [])
})

test("with a token of Discord it speaks with Discord alone", async () => {
  // Refused before anything is sent: no token has such letters.
  const token = secret("this-is-nö-töken-öf-discörd!")
  const { code, output, left } = await demo({ DISCORD_BOT_TOKEN: token })
  assert.equal(code, 1, output)
  assert.match(output, /the real discord/)
  assert.match(output, /not a bot token/i)
  assert.ok(!output.includes(token))
  assert.deepEqual(left, [])
})

test("without --once it stays up until Ctrl-C, and leaves nothing behind either", async () => {
  const { code, output, left } = await demo({}, { text: "Ctrl-C ends everything", signal: "SIGINT" })
  assert.equal(code, 0, output)
  assert.match(output, /Taking everything down/)
  assert.deepEqual(left, [])
})

test("Ctrl-C in the middle of the play ends it in order", async () => {
  const { output, left } = await demo({}, { text: "Romeo registers by chatting", signal: "SIGTERM" })
  assert.doesNotMatch(output, /failed|Error/)
  assert.deepEqual(left, [])
})
