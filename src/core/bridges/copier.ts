// One copy: what waits first for a leg, planned with what its network can now, and committed in the place of what waited.
import { digest } from "../commitment.js"
import { maySay } from "../asides/means.js"
import { pictureAddress } from "../faces/address.js"
import { timeOf, type IdMint } from "../ids.js"
import { awaited, describe } from "../inward.js"
import type { Log } from "../log.js"
import { lengthOf } from "../plan.js"
import { Refusal } from "../ports.js"
import { narrowed } from "../rooms/access.js"
import type { RoomOp, RoomRow } from "../rooms/model.js"
import type { Store } from "../store.js"
import type { Exchange } from "./exchange.js"
import { fitsAny } from "./glob.js"
import type { Step } from "./lane.js"
import type { Bridge, Leg } from "./model.js"
import type { CopyOf, Peer } from "./ports.js"
import { relayed, type Deed, type Target } from "./relay.js"
import { fromOf, type Place } from "./speakers.js"
import type { NextCopy } from "./store.js"

export interface CopierParts {
  store: Store
  ids: IdMint
  log: Log
  exchange: Exchange
}

/** Where it goes, as it is now. */
interface Destination {
  peer: Peer
  room: RoomRow
  bridge: Bridge
  leg: Leg
}

/** Where it was said is not configured any more. */
const elsewhere: Place = { network: "another network", room: "another room" }
/** A leg waits so long for a file, from the moment it was shown elsewhere; then it is named. In ms. */
const fileWaitMs = 60_000
/** What cannot be taken in just now is tried again after so long, in ms. */
const againMs = 1000

export class Copier {
  constructor(private readonly parts: CopierParts) {}

  async step(leg: number): Promise<Step> {
    const { store, exchange } = this.parts
    const next = await store.nextCopy(leg)
    if (!next) return "empty"
    const known = exchange.of(leg)
    const there = exchange.place(leg)
    if (!known || !there) return this.#drop(next, "its leg is not there")
    const op = asItIs(next)
    if (typeof op === "number") return { wait: op }
    if (!op) return this.#drop(next, "it is not there any more")
    const unwanted = next.from === leg ? undefined : this.#unwanted(next, op, known.bridge)
    if (unwanted !== undefined) return this.#drop(next, unwanted)
    try {
      await there.peer.order.enter(String(leg), () => this.#copy(next, op, { ...there, ...known }))
      return "done"
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.error.type === "wait") return { wait: againMs }
      if (op.k === "said") exchange.refused(leg, copyOf(next), error.message)
      return this.#drop(next, error.message)
    }
  }

  async #drop({ row, from }: Pick<NextCopy, "row" | "from">, why: string): Promise<"done"> {
    this.parts.log.debug({ row, from, why }, "something is not copied to another leg of its bridge")
    await this.parts.store.dropCopy(row)
    return "done"
  }

  /** The first is not copied: it failed again and again. */
  async passOver(leg: number): Promise<void> {
    const next = await this.parts.store.nextCopy(leg)
    if (next) await this.#drop(next, "it failed too often")
  }

  /** By the rules of the bridge: why it is not copied. */
  #unwanted({ from, about, row }: NextCopy, op: RoomOp, { id, options }: Bridge): string | undefined {
    const { by } = op
    if (by && (fitsAny(options.ignoreNames, by.nick) || (by.name !== undefined && fitsAny(options.ignoreNames, by.name))))
      return "its author is ignored"
    if (op.k !== "said") return undefined
    if (fitsAny(options.ignoreTexts, op.text)) return "such texts are ignored"
    // The sum of reactions has its message's id with this behind it.
    if (!by) return options.notices === true || about.endsWith(".r") ? undefined : "notices are not copied"
    return op.replaces === undefined && op.text !== "" ? this.#loop(id, { from, about, row }, by, op.text) : undefined
  }

  #loop(
    bridge: number,
    { from, about }: Pick<NextCopy, "from" | "about" | "row">,
    by: NonNullable<RoomOp["by"]>,
    text: string,
  ): string | undefined {
    const { exchange, log } = this.parts
    const verdict = exchange.loops(bridge).hear(`${from} ${by.occupant}`, text, Date.now(), about)
    if (verdict === "copy") return undefined
    if (verdict === "holding") {
      log.warn({ bridge, conversation: from, nick: by.nick }, "somebody repeats what is said in a bridge: it is not copied for a while")
      void exchange.tell(
        [from],
        `ℹ What ${by.nick} says is not copied for a while: it is the same again and again, perhaps another bridge.`,
      )
    }
    return "it repeats"
  }

  async #copy(next: NextCopy, op: RoomOp, to: Destination): Promise<void> {
    const { ids, exchange } = this.parts
    const { room, bridge } = to
    if (!maySay(room) || room.kind === "container" || room.facts.archived === true)
      throw new Refusal("not-acceptable", "nothing can be written there at the moment.")
    const source = next.from === room.id ? undefined : exchange.place(next.from)
    const from = source
      ? { network: source.peer.name, room: source.room.name ?? source.room.legacyId }
      : next.from === room.id
        ? undefined
        : elsewhere
    const heardAt = timeOf(next.row)
    const now = Date.now()
    const deeds = relayed({ next, op, from, target: targetOf(to), now, heardAt, id: () => ids.next() })
    if (typeof deeds === "string") return void (await this.#drop(next, deeds))
    const origin = { ...copyOf(next), ...(bridge.options.mentions === false && { mute: true as const }) }
    // What waited gives way to the last: a crash before that does the first again, which changes nothing.
    for (const [i, deed] of deeds.entries()) await this.#commit(deed, to, origin, i === deeds.length - 1 ? next.row : null)
  }

  /** The account itself says something in a room, whether it is a leg or not. Throws `Refusal`. */
  async say(conversation: number, text: string): Promise<void> {
    const { ids, exchange } = this.parts
    const there = exchange.place(conversation)
    if (!there) return
    const now = Date.now()
    const id = ids.next()
    const leg: Leg = { conversation, options: {}, consentBy: "", consentAt: now }
    const bridge: Bridge = { id: 0, name: "", options: {}, origin: "", createdAt: now, legs: [] }
    const op: RoomOp = { k: "said", id, pos: 0, by: null, text, at: now }
    const next: NextCopy = { row: id, from: conversation, op, about: id, targets: [], reply: null, person: null }
    const to = { ...there, bridge, leg }
    await there.peer.order.enter(String(conversation), async () => {
      const deeds = relayed({ next, op, from: undefined, target: targetOf(to), now, heardAt: now, id: () => ids.next() })
      if (typeof deeds === "string") return
      for (const deed of deeds) await this.#commit({ ...deed, repeats: null }, to, copyOf(next), null)
    })
  }

  async #commit(
    { does, says, reflect, repeats, marked }: Deed,
    { peer, room }: Destination,
    origin: CopyOf,
    row: string | null,
  ): Promise<void> {
    peer.sender.takings.admit(marked)
    const { by } = reflect
    await peer.commitment.commit(
      {
        conversation: peer.registry.conversation(room),
        from: fromOf(by ? { id: by.occupant, name: by.name ?? by.nick } : { id: "gateway", name: "" }),
        xmppId: "",
        digest: digest(reflect.k === "said" ? reflect.text : reflect.id, undefined, marked),
        action: reflect.id,
        does,
        says,
        receipt: false,
        reflect,
        again: null,
        copy: { row, of: repeats, origin },
      },
      () => undefined,
    )
  }

  async pictureOf({ from, person }: CopyOf): Promise<string | undefined> {
    const source = this.parts.exchange.place(from)
    const publish = source?.peer.publish
    if (!source || !publish || !person) return undefined
    return pictureAddress<typeof person>((who) => source.peer.picture(source.room, who), publish)(person)
  }
}

function copyOf({ from, about, person }: NextCopy): CopyOf {
  return { from, of: about, ...(person && { person }) }
}

function targetOf({ peer, room, bridge, leg }: Destination): Target {
  const { accepts, line } = peer.reactionMeans(room)
  const { react: _, ...rest } = narrowed(peer.adapter.capabilities, room.facts.limits)
  return {
    leg,
    bridge,
    capabilities: peer.sender.takings.usable({ ...rest, ...(accepts && { react: accepts }) }),
    length: lengthOf(peer.adapter),
    line,
    isThere: ({ id, sent }) => sent > 0 || peer.sender.concerns(room.id, id),
  }
}

/** A number: its file is on its way, and is waited for so many ms. Null: there is nothing to copy. */
function asItIs({ op, row }: NextCopy): RoomOp | number | null {
  if (!op || (op.k !== "said" && op.k !== "retracted" && op.k !== "reactions")) return null
  const file = awaited(op)
  if (!file || op.k !== "said") return op
  const left = timeOf(row) + fileWaitMs - Date.now()
  if (left > 0) return left
  return { ...op, text: `${describe(file)} could not be fetched in time.`, rich: {} }
}
