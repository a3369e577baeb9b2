// The promise of the gateway on Discord: 2,000 numbered messages over ten channels, while it is killed and Discord breaks whatever it can.
import assert from "node:assert/strict"
import { randomInt } from "node:crypto"
import { test } from "node:test"
import { DiscordVoyage } from "../support/discord-voyage.js"
import { dice } from "../support/words.js"

test("2,000 messages over ten channels through kills and disconnects", { timeout: 300_000 }, async (t) => {
  const seed = Number(process.env["XFERRY_SEED"] ?? randomInt(2 ** 31))
  t.diagnostic(`seed ${seed} (XFERRY_SEED repeats it)`)
  const voyage = await DiscordVoyage.prepare(dice(seed))
  try {
    await voyage.sail()
    const { doubles, fates, counts } = await voyage.arrive()
    t.diagnostic(fates)
    t.diagnostic(
      `${doubles.found} messages came twice to Discord, each announced in the log (${doubles.announced} times the outcome was unknown)`,
    )
    t.diagnostic(counts)
    assert.ok(doubles.found <= doubles.announced)
  } finally {
    await voyage.close()
  }
})
