// A bridge dies after every second effect: nothing said in one leg is lost, doubled or out of order in the other, either way.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { AnyAdapter } from "#src/adapter/define.js"
import type { Store } from "#src/core/store.js"
import { loopback, standard } from "xferry-adapter-loopback"
import { BridgeCore, type Side } from "../support/bridge-core.js"

/** What matters to a copy: from the original's commit to the end of its call. */
const effects = new Set(["acceptRoomEvent", "acceptReactions", "nextCopy", "dropCopy", "acceptAction", "startSend", "completeSend"])

/** Dies after the n-th effect, before anybody knows of it: from then on nothing is written. */
class Mine {
  count = 0
  dead = false
  armed = false
  readonly died: Promise<void>
  #tell = (): void => undefined

  constructor(private readonly at: number) {
    this.died = new Promise((resolve) => (this.#tell = resolve))
  }

  readonly store = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name: keyof Store) => {
        const call = target[name] as (...args: unknown[]) => Promise<unknown>
        if (name === "close") return call.bind(target)
        return (...args: unknown[]): Promise<unknown> => this.#call(name, () => call.apply(target, args))
      },
    })

  #call(name: string, call: () => Promise<unknown>): Promise<unknown> {
    // What the stream has is written down when the gateway stops in order: a dead one does not.
    if (this.dead) return name === "delivered" ? Promise.resolve() : Promise.reject(new Error("dead"))
    if (!this.armed || !effects.has(name) || ++this.count !== this.at) return call()
    this.dead = true
    return call().then(() => {
      this.#tell()
      throw new Error("it dies here")
    })
  }
}

/** As it reads there at the end: texts in order, edited ones as they are now, what was taken back left out, reactions behind. */
function readIn({ loop }: Side, after: number): string[] {
  const texts = new Map<string, string>()
  for (const { kind, id = "", text = "", emoji = [] } of loop.sent.list({ room: "g", after })) {
    if (kind === "send" || kind === "edit") texts.set(id, text)
    if (kind === "retract") texts.delete(id)
    if (kind === "react") texts.set(`${id} reacted`, `reacted ${emoji.join(" ")}`)
  }
  return [...texts.values()]
}

/** Once there and back. Resolves the number of effects. */
async function crossed(core: BridgeCore, lay: (mine: Mine | undefined) => void, mine: Mine, tag: string): Promise<number> {
  const [a, b] = [core.side("a"), core.side("b")]
  const [beforeA, beforeB] = [a, b].map(({ loop }) => loop.sent.list().at(-1)?.ordinal ?? 0) as [number, number]
  const read = (): string[][] => [readIn(a, beforeA), readIn(b, beforeB)]
  const wanted = [
    [`Juliet (B): three ${tag}`, `Juliet (B): four ${tag}`],
    [`Juliet (A): one, as it is now ${tag}`, `Juliet (A): two ${tag}`, "reacted 🌹"],
  ]
  lay(mine)
  await core.start()
  mine.armed = true
  const one = a.say(`one ${tag}`)
  b.say(`three ${tag}`)
  const two = a.say(`two ${tag}`)
  const gone = a.say(`gone ${tag}`)
  a.loop.rooms.edit({ room: "g", id: one, text: `one, as it is now ${tag}` })
  a.loop.rooms.react({ room: "g", from: "juliet", id: two, set: ["🌹"] })
  a.loop.rooms.retract({ room: "g", ids: [gone], by: "juliet" })
  b.say(`four ${tag}`)
  const all = async (): Promise<void> => {
    for (const id of ["a", "b"]) await core.drained(id)
    await Promise.all([a, b].map((side, i) => side.until(() => JSON.stringify(read()[i]) === JSON.stringify(wanted[i]))))
    await core.quiet()
  }
  const arrived = all().catch((error: unknown) => {
    if (!mine.dead) throw error
  })
  await Promise.race([mine.died, arrived])
  await core.stop()
  if (mine.dead) {
    lay(undefined)
    await core.start()
    await all()
    await core.stop()
  }
  assert.deepEqual(read(), wanted)
  return mine.count
}

test("a bridge that dies after every second effect goes on where it was", async () => {
  let laid: Mine | undefined
  const keyed: AnyAdapter = loopback(standard)
  const core = await BridgeCore.open({ legs: { a: keyed, b: keyed }, store: (opened) => laid?.store(opened) ?? opened })
  await core.stop()
  const lay = (mine: Mine | undefined): void => void (laid = mine)
  const calm = await crossed(core, lay, new Mine(Infinity), "calm")
  assert.ok(calm > 20, `${calm} effects`)
  for (let at = 1; at <= calm; at += 2)
    await crossed(core, lay, new Mine(at), String(at)).catch(async (error: unknown) => {
      await core.stop().catch(() => undefined)
      throw new Error(`after effect ${at}: ${error instanceof Error ? error.stack : String(error)}`)
    })
})
