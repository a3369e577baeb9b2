// Presence of foreign people: thousands cost no look-up in the store, and a new session knows nothing of the last one's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { NetworkEvent } from "#src/adapter/contract.js"
import type { Store } from "#src/core/store.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { domain, Play } from "../support/core-kit.js"

const romeo = "romeo@example.test/orchard"
type Show = Extract<NetworkEvent, { type: "presence" }>["show"]

/** Counts what the store is asked about people. */
function counting(counts: Map<string, number>): (store: Store) => Store {
  return (store) =>
    new Proxy(store, {
      get(target, name: keyof Store) {
        const found = target[name]
        if (name !== "roster" && name !== "rosterEntry") return found.bind(target)
        return (...args: unknown[]) => {
          counts.set(name, (counts.get(name) ?? 0) + 1)
          return (found as (...args: unknown[]) => unknown).apply(target, args)
        }
      },
    })
}

test("thousands who are in nobody's list, and what is no news, cost nothing", async () => {
  const counts = new Map<string, number>()
  const tap = new Tap(loopback(standard))
  const play = await Play.open({ adapter: tap.adapter, seams: { store: counting(counts) } })
  const tell = (id: string, show: Show): Promise<void> => tap.emit({ type: "presence", from: { id }, show })
  const shown = (id: string, show: string): Promise<unknown> =>
    play.server.expect(`<presence from='${id}@${domain}' to='romeo@example.test'><show>${show}</show></presence>`)
  const befriend = async (person: string): Promise<void> => {
    await play.receipt(play.say(romeo, person, "Good morrow"))
    play.server.send(`<presence type='subscribe' from='romeo@example.test' to='${person}@${domain}'/>`)
    await play.server.expect(`<presence type='subscribed' to='romeo@example.test' from='${person}@${domain}'/>`)
    await shown(person, "away") // nothing is known of them yet
  }
  try {
    for (const id of ["juliet", "nurse"]) play.network.person({ id, name: id })
    await play.register(romeo)
    await befriend("juliet")
    await tell("juliet", "busy")
    await shown("juliet", "dnd")
    await play.sync()
    counts.clear()
    for (let i = 0; i < 3000; i++) await tell(`stranger${i}`, i % 2 === 0 ? "online" : "away")
    for (let i = 0; i < 100; i++) await tell("juliet", "busy")
    await play.sync()
    assert.deepEqual([...counts], [])
    // Who comes into the list afterwards is heard of.
    await befriend("nurse")
    await tell("nurse", "busy")
    await shown("nurse", "dnd")
    counts.clear()
    await tell("nurse", "away")
    await shown("nurse", "away")
    assert.equal(counts.get("roster") ?? 0, 0)
    // Nobody says that she left while we were away.
    play.network.account("romeo").cut()
    await play.network.account("romeo").whenAttached()
    await shown("juliet", "away")
    await tell("juliet", "online")
    const here = (el: { name: string; attrs: Record<string, string | undefined>; getChild(name: string): unknown }): boolean =>
      el.name === "presence" && el.attrs.from === `juliet@${domain}` && el.attrs.type === undefined && !el.getChild("show")
    await play.server.expect(here)
  } finally {
    await play.close()
  }
})
