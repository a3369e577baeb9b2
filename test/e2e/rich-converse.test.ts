// What a person sees and does in Converse.js, in a real browser: pictures, replies, corrections, retractions and reactions of both networks.
import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { BothNetworks, password } from "../support/both-networks.js"
import { Converse } from "../support/converse.js"
import { logDir } from "../support/paths.js"

let both: BothNetworks
let converse: Converse
before(async () => {
  both = await BothNetworks.open()
  converse = await Converse.start(both.server, "romeo", password)
})
after(async () => {
  await converse?.stop()
  await both?.close()
})
test("probe", async () => {
  const b = both.voices
  for (const v of b) {
    console.log(v.network, v.place, v.jid)
  }
  assert.ok(b.length === 4)
  await converse.page.screenshot({ path: join(logDir(), "x.png") })
  writeFileSync(join(logDir(), "x.txt"), "")
})
