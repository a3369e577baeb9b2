// A bridge dies before and after every effect: nothing said in one leg is lost, doubled or out of order in the other, either way.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import type { AnyAdapter } from "#src/adapter/define.js"
import type { Store } from "#src/core/store.js"
import { loopback, standard } from "xferry-adapter-loopback"
import { BridgeCore, type Side } from "../support/bridge-core.js"

/** What matters to a copy: from the original's commit to the end of its call. */
const effects = new Set(["acceptRoomEvent", "acceptReactions", "nextCopy", "dropCopy", "acceptAction", "startSend", "completeSend"])

/** Dies at the n-th effect, before or after it: from then on nothing is written. */
class Mine {
  count = 0
  dead = false
  readonly died: Promise<void>
  #tell = (): void => undefined

  constructor(
    private readonly at: number,
    private readonly after: boolean,
  ) {
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
    if (this.dead) return Promise.reject(new Error("dead"))
    const isMine = effects.has(name) && ++this.count === this.at
    if (!isMine) return call()
    this.dead = true
    const end = (): Promise<never> => {
      this.#tell()
      return Promise.reject(new Error("it dies here"))
    }
    return this.after ? call().then(end) : end()
  }
}

/** As it reads there at the end: texts in order, edited ones as they are now, what was taken back left out, reactions behind. */
function readIn({ loop }: Side): string[] {
  const texts = new Map<string, string>()
  for (const { kind, id = "", text = "", emoji = [] } of loop.sent.list({ room: "g" })) {
    if (kind === "send" || kind === "edit") texts.set(id, text)
    if (kind === "retract") texts.delete(id)
    if (kind === "react") texts.set(`${id} reacted`, `reacted ${emoji.join(" ")}`)
  }
  return [...texts.values()]
}

const wanted = {
  a: ["Juliet (B): three", "Juliet (B): four"],
  b: ["Juliet (A): one, as it is now", "Juliet (A): two", "reacted 🌹"],
}

async function crossed(mine: Mine): Promise<number> {
  let store: ((store: Store) => Store) | undefined
  const keyed: AnyAdapter = loopback(standard)
  const core = await BridgeCore.open({ legs: { a: keyed, b: keyed }, store: (opened) => store?.(opened) ?? opened })
  try {
    const [a, b] = [core.side("a"), core.side("b")]
    await core.stop()
    store = mine.store
    await core.start()
    const one = a.say("one")
    b.say("three")
    const two = a.say("two")
    const gone = a.say("gone")
    a.loop.rooms.edit({ room: "g", id: one, text: "one, as it is now" })
    a.loop.rooms.react({ room: "g", from: "juliet", id: two, set: ["🌹"] })
    a.loop.rooms.retract({ room: "g", ids: [gone], by: "juliet" })
    b.say("four")
    const isWhole = (side: Side): boolean => JSON.stringify(readIn(side)) === JSON.stringify(side === a ? wanted.a : wanted.b)
    const all = async (): Promise<void> => {
      await core.drained("a")
      await core.drained("b")
      await Promise.all([a.until(() => isWhole(a)), b.until(() => isWhole(b))])
      await core.quiet()
    }
    await Promise.race([mine.died, all()])
    await core.stop()
    if (mine.dead) {
      store = undefined
      await core.start()
      await all()
      await core.stop()
    }
    assert.deepEqual([readIn(a), readIn(b)], [wanted.a, wanted.b])
    return mine.count
  } finally {
    await core.stop().catch(() => undefined)
  }
}

describe("a bridge that dies", () => {
  test("before and after every effect", async () => {
    const calm = await crossed(new Mine(Infinity, false))
    assert.ok(calm > 20, `${calm} effects`)
    for (let at = 1; at <= calm; at++)
      for (const after of [false, true])
        await crossed(new Mine(at, after)).catch((error: unknown) => {
          throw new Error(`at effect ${at}${after ? ", after it" : ""}`, { cause: error })
        })
  })
})
