// How long a carried login may still answer, as its contacts' presences tell.
import assert from "node:assert/strict"
import { test } from "node:test"
import { ReplyWindows } from "#src/core/carried/windows.js"
import type { Clock } from "#src/core/clock.js"
import type { BareJid, Link } from "#src/core/model.js"
import { inLanguage } from "#src/core/words/words.js"

const hour = 60 * 60_000
const link: Link = { id: 1, userId: 1, jid: "romeo@example.test" as BareJid, accountId: 2, network: "lo", tag: "me", role: "owner" }

/** A clock whose timers run when it is moved past them. */
class Sundial implements Clock {
  time = 1_000 * hour
  #timers: { at: number; run: () => void }[] = []
  now = (): number => this.time
  set(run: () => void, ms: number): unknown {
    const timer = { at: this.time + ms, run }
    this.#timers.push(timer)
    return timer
  }
  clear(timer: unknown): void {
    this.#timers = this.#timers.filter((one) => one !== timer)
  }
  move(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.clear(next)
      this.time = next.at
      next.run()
    }
    this.time = end
  }
}

test("open, an hour before the end told so, closed, and open again when they write", async () => {
  const clock = new Sundial()
  const changes: string[] = []
  const lastHeard = (): Promise<{ legacyId: string; at: number }[]> => Promise.resolve([{ legacyId: "77", at: clock.time - hour }])
  const windows = new ReplyWindows({
    ...{ store: { lastHeard }, clock, hours: 24, name: "Loopback" },
    changed: (_, legacyId) => changes.push(`${legacyId} ${state()}`),
  })
  function state(legacyId = "77", maySend = true): string {
    const presence = windows.of(link, { legacyId }, maySend)
    return presence ? `${presence.show}: ${inLanguage(presence.status ?? "")}` : "as it is"
  }
  assert.equal(state(), "as it is")
  await windows.load(link)
  assert.equal(state(), "as it is")
  assert.match(state("78"), /^away: From here you can answer again once they have written/)
  assert.match(state("77", false), /^away: You can only read here/)
  clock.move(21 * hour)
  assert.deepEqual(changes, [])
  clock.move(hour + 2000)
  assert.match(changes.join(), /^77 available: You can answer for less than an hour: Loopback allows it for 24 hours/)
  clock.move(hour)
  assert.match(changes[1] ?? "", /^77 away: From here/)
  windows.heard(link, "77", clock.time)
  assert.deepEqual([changes[2], changes.length], ["77 as it is", 3])
  // What is told late is no news.
  windows.heard(link, "77", clock.time - 30 * hour)
  assert.equal(changes.length, 3)
  windows.stop()
})
