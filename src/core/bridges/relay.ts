// Pure: what was said or thought in one leg of a bridge → what is to be done in another, with what its network can.
import type { Capabilities } from "../../adapter/contract.js"
import type { Attached, Linked, Marked, ToldSpan } from "../content.js"
import { distinct, mostEmoji, sameEmoji } from "../asides/tally.js"
import { describe } from "../inward.js"
import { quote } from "../flatten.js"
import type { LineUse } from "../model.js"
import type { How } from "../operations.js"
import { plan, type Planned } from "../plan.js"
import type { RoomOp } from "../rooms/model.js"
import { moved } from "../styling/marked.js"
import type { Length } from "../styling/split.js"
import type { Aside } from "../asides/aside.js"
import type { Bridge, Leg } from "./model.js"
import { speakerOf, type Place, type SpeakerOf } from "./speakers.js"
import type { Counterpart, NextCopy } from "./store.js"

type Said = Extract<RoomOp, { k: "said" }>
type Reflection = Extract<RoomOp, { k: "said" | "retracted" | "reactions" }>

/** A leg as it is now. `length`: as its network counts. `isThere`: the network has this message, or will. */
export interface Target {
  leg: Leg
  bridge: Bridge
  /** Network ∧ room; without what it cannot take files, no files. */
  capabilities: Capabilities
  length: Length
  line?: LineUse | undefined
  isThere(message: Counterpart): boolean
}

export interface Copying {
  next: NextCopy
  op: RoomOp
  /** Where it was said; undefined: it is the gateway's own. */
  from: Place | undefined
  target: Target
  now: number
  /** When it was committed there, epoch ms. */
  heardAt: number
  /** Mints ids for what is made. */
  id(): string
}

/** One utterance in the leg. `repeats`: it is from now on what stands there for this stanza. */
export interface Deed {
  does: (Planned & { target: Counterpart | null }) | { how: "retract"; target: Counterpart } | (Aside & { target: Counterpart })
  says: How
  reflect: Reflection
  repeats: string | null
  marked?: Marked
}

/** What was said so long before it was heard is told with its time, in ms. */
const oldMs = 5 * 60_000
/** Marks that make a name before a text stand out, in UTF-16 units. */
const boldName = 4
/** What a reply tells of the message it answers, UTF-16 units. */
const quoted = 200

/** Nothing: a sentence why, for the log. Throws `Refusal` where what is said cannot be sent there. */
export function relayed(copying: Copying): Deed[] | string {
  const { op } = copying
  switch (op.k) {
    case "said":
      return said(copying, op)
    case "retracted":
      return retracted(copying, op)
    case "reactions":
      return reactions(copying, op)
    default:
      return "nothing of this kind is copied"
  }
}

/** Who says it, as the leg is to see them. Undefined: nobody, the account itself says it. */
function speaking({ op, from, target }: Copying): SpeakerOf | undefined {
  return op.by && from ? speakerOf(op.by, from, target.leg, target.bridge) : undefined
}

function isPuppet({ leg, capabilities }: Target): boolean {
  return (leg.options.relay ?? "puppets") === "puppets" && capabilities.send.impersonate !== undefined
}

function said(copying: Copying, op: Said): Deed[] | string {
  const { next, target, now, heardAt } = copying
  const { capabilities, bridge } = target
  if (op.retracted) return "it was taken back"
  const isEdit = op.replaces !== undefined
  const old = next.targets.findLast(({ isCopy, retracted }) => isCopy && !retracted)
  if (isEdit && !old) return "what it corrects was not copied"
  const speaker = speaking(copying)
  // A sum that changes would be one more message each time.
  if (isEdit && !speaker && !capabilities.edit) return "it cannot be edited there"
  const as = speaker && isPuppet(target) ? speaker.voiced : undefined
  const { text, marked } = outward(op, bridge.options.mentions !== false)
  const { reply } = next
  const points = reply !== null && capabilities.reply !== undefined && target.isThere(reply)
  const answered = op.reply?.text ?? reply?.text ?? ""
  const isAnswer = reply !== null || op.reply !== undefined
  const cited = isAnswer && !points ? quote(answered.slice(0, quoted)) : ""
  const named = speaker ? `${speaker.voiced.name}: ` : ""
  const isOld = heardAt - op.at > oldMs
  const mark = isOld ? `[${new Date(op.at).toISOString().slice(0, 16).replace("T", " ")} UTC] ` : ""
  const length: Length = as && named !== "" ? (...part) => target.length(...part) + named.length + boldName : target.length
  const changed = isEdit && old ? { ...old, ageMs: now - old.at } : null
  const planned = plan({ text, marked }, changed, capabilities, length, cited + (as ? "" : named) + mark)
  const edits = planned.how === "edit" ? old : undefined
  return [
    {
      does: { ...planned, target: edits ?? null },
      says: { ...(points && reply && { reply: reply.id }), ...(as && { as }) },
      reflect: {
        k: "said",
        id: copying.id(),
        pos: 0,
        by: speaker?.voice ?? null,
        ...inMuc(op, reply ? "" : cited, isEdit && !edits),
        at: isOld ? op.at : now,
        ...(reply && { reply: { id: reply.stanza, ...nickOf(reply, op), ...(answered !== "" && { text: answered.slice(0, quoted) }) } }),
        ...(edits && { replaces: edits.stanza }),
      },
      repeats: edits ? null : next.about,
      ...(marked && { marked }),
    },
  ]
}

function nickOf({ nick, by }: Counterpart, { reply }: Said): { nick?: string } {
  const known = by?.nick ?? nick ?? reply?.nick
  return known === undefined ? {} : { nick: known }
}

/** As the leg's own occupants see it: as it was said, with what is answered where it cannot be pointed to. */
function inMuc({ text, rich }: Said, before: string, isRenewed: boolean): Pick<Said, "text" | "rich"> {
  const mark = before + (isRenewed ? "✎ " : "")
  if (mark === "") return { text, ...(rich && { rich }) }
  return { text: mark + text, ...(rich && { rich: { ...rich, ...(rich.spans && { spans: moved(rich.spans, mark.length) }) } }) }
}

/** What was told to XMPP clients, as if one of them had said it. */
function outward({ text, rich }: Said, mentions: boolean): { text: string; marked: Marked | undefined } {
  if (!rich) return { text, marked: undefined }
  const { spans = [], unstyled, file } = rich
  const told = spans.flatMap(({ arg, ...span }): ToldSpan[] => {
    if (span.kind !== "mention") return [{ ...span, ...(arg !== undefined && { arg }) }]
    return mentions && arg !== undefined ? [{ ...span, whom: { nick: arg } }] : []
  })
  const linked = file && linkTo(file)
  // Its address is said by the file itself, its absence by the text.
  const words = linked && text.trim() === linked.url ? "" : !linked && file && text === "" ? describe(file) : text
  const marked: Marked = {
    ...(told.length > 0 && { spans: told }),
    ...(unstyled === true && { unstyled }),
    ...(linked && { files: [linked] }),
  }
  return { text: words, marked: Object.keys(marked).length > 0 ? marked : undefined }
}

/** Where clients fetch it, the other network fetches it. */
function linkTo({ url, sha256, source: _, thumbnail: _thumbnail, failed: _failed, ...info }: Attached): Linked | undefined {
  return url === undefined ? undefined : { ...info, url, ...(sha256 !== undefined && { hashes: { "sha-256": sha256 } }) }
}

function retracted(copying: Copying, op: Extract<RoomOp, { k: "retracted" }>): Deed[] | string {
  const { next, target, now } = copying
  const { retract, edit } = target.capabilities
  const speaker = speaking(copying)
  const found = next.targets.filter((one) => !one.retracted && target.isThere(one))
  if (found.length === 0) return "what it takes back is not there"
  const able = found.filter(({ isCopy, at }) => {
    if (!retract) return isCopy && edit !== undefined
    return (isCopy || retract.others === true) && now - at <= (retract.withinSeconds ?? Infinity) * 1000
  })
  if (able.length === 0) return "it cannot be taken back there"
  return able.map((one): Deed => {
    // By whom it was said: others may not be let.
    const author = one.by ?? (op.moderated ? undefined : speaker?.voice)
    const as = isPuppet(target) && author ? { id: author.occupant, name: author.name ?? author.nick } : undefined
    const reflect: Reflection = {
      k: "retracted",
      id: copying.id(),
      pos: 0,
      by: speaker?.voice ?? null,
      target: one.stanza,
      at: now,
      moderated: op.moderated || !one.isCopy,
      ...(op.why !== undefined && { why: op.why }),
    }
    const says = as ? { as } : {}
    if (retract) return { does: { how: "retract", target: one }, says, reflect, repeats: null }
    const gone = plan({ text: "[taken back]" }, { ...one, ageMs: now - one.at }, target.capabilities, target.length)
    return { does: { ...gone, target: one }, says, reflect, repeats: null }
  })
}

function reactions(copying: Copying, op: Extract<RoomOp, { k: "reactions" }>): Deed[] | string {
  const { next, target, now } = copying
  const speaker = speaking(copying)
  const { react } = target.capabilities
  const one = next.targets.find((found) => !found.retracted && target.isThere(found))
  if (!speaker) return "it is nobody's"
  if (!one) return "what it is about is not there"
  if (!react) return "there are no reactions there"
  const { max = mostEmoji, allowed } = react
  const wanted = distinct(op.emoji)
    .flatMap((emoji) => (allowed ? (allowed.find((other) => sameEmoji(emoji, other)) ?? []) : emoji))
    .slice(-max)
  const as = isPuppet(target) ? { as: speaker.voiced } : {}
  const { line } = target
  return [
    {
      does: { how: "react", target: one, emoji: wanted, ...(line && { line }) },
      says: as,
      reflect: { k: "reactions", id: copying.id(), pos: 0, by: speaker.voice, target: one.stanza, emoji: distinct(op.emoji), at: now },
      repeats: null,
    },
  ]
}
