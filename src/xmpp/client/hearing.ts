// What is said in a room, as events: whose it is, which message is meant, and what of it may be believed.
import type { Element } from "@xmpp/xml"
import type { Body, ChatRef, FileRef, MessageEvent, NetworkEvent, Reply, Span } from "../../adapter/contract.js"
import type { Linked } from "../../core/content.js"
import { Lru } from "../../core/lru.js"
import { written } from "../../core/styling/written.js"
import { kindOf } from "../../media/detect.js"
import { cleanName, nameInUrl } from "../../media/name.js"
import { resourceOf } from "../jid.js"
import { markedOf, textOf } from "../payload/body.js"
import type { Draft } from "../payload/draft.js"
import { jidIn } from "../payload/mentions.js"
import { readMessage } from "../payload/read.js"
import type { Roll, Person } from "./roll.js"

/** Messages that can still be corrected by their author's own id, or taken back by them. */
const remembered = 2000

const allKinds: readonly Span["kind"][] = ["bold", "italic", "strike", "code", "pre", "quote", "spoiler", "mention"]

/** A stanza of a room, with what is known of when it was said. */
export interface Said {
  el: Element
  /** Its stanza id, or what stands for it; «»: it has none. */
  id: string
  at: number
  /** By one of us. */
  own: boolean
}

/** `verify`: the event takes back what this person must have said. */
export interface Heard {
  event: NetworkEvent
  verify?: { id: string; person: Person }
}

export class Hearing {
  /** By person and the id that they gave: the stanza id. */
  readonly #origins = new Lru<string, string>(remembered)
  /** By stanza id: who said it. */
  readonly #authors = new Lru<string, string>(remembered)

  constructor(
    private readonly room: string,
    private readonly roll: Roll,
    /** The room gives stanza ids. */
    private readonly givesIds: () => boolean,
  ) {}

  get chat(): ChatRef {
    return { room: this.room }
  }

  /** The id by which the room and all clients mean a message (XEP-0359); «»: nobody can mean it. */
  idOf(stanza: Element): string {
    if (this.givesIds()) {
      const given = stanza.getChildren("stanza-id", "urn:xmpp:sid:0").find(({ attrs }) => attrs["by"] === this.room)?.attrs["id"]
      if (given) return given
    }
    return stanza.attrs["id"] ?? ""
  }

  /** Who said this; undefined: it is not known (any more). */
  authorOf(id: string): string | undefined {
    return this.#authors.get(id)
  }

  /** Takes note of who said it, and by what id they mean it. */
  note({ el, id }: Pick<Said, "el" | "id">, person: Person, origin = el.attrs["id"]): void {
    if (id === "") return
    this.#authors.set(id, person.id)
    if (origin !== undefined && origin !== "") this.#origins.set(`${person.id}\n${origin}`, id)
  }

  /** Undefined: nothing that people are told of. */
  read(said: Said): Heard | undefined {
    const { el, id, own } = said
    const nick = resourceOf(el.attrs["from"] ?? "")
    if (nick === "") return this.#ofRoom(said)
    const draft = readMessage(el)
    const person = this.roll.personOf(el)
    const from = { ...this.roll.contact(person), ...(own && { kind: "webhook" as const }) }
    const { chat } = this
    const mine = own ? { own: true as const } : {}
    if (draft.retracts !== undefined) {
      // Versions before 0.4 name the author's own id.
      const target = this.#origins.get(`${person.id}\n${draft.retracts}`) ?? draft.retracts
      return { event: { type: "retract", chat, ids: [target], by: from, ...mine }, verify: { id: target, person } }
    }
    if (draft.reactions) {
      const { target, emoji } = draft.reactions
      const set = [...new Set(emoji)].map((text) => ({ text }))
      return { event: { type: "reactions", chat, id: target, change: { from, set }, ...mine } }
    }
    const isSilent = (draft.body ?? "") === "" && !draft.files && !draft.extras
    if (draft.encrypted !== undefined) {
      if (own) return undefined
      return { event: this.#message(said, from, { text: `[${draft.encrypted}: the gateway cannot read it]` }) }
    }
    if (isSilent) return undefined
    const body = this.#body(draft)
    const target = draft.replaces === undefined ? undefined : this.#origins.get(`${person.id}\n${draft.replaces}`)
    if (target !== undefined) {
      // Some clients name the last correction, not what was first said.
      this.note({ el, id: target }, person)
      const revision = String(said.at)
      return { event: { type: "edit", chat, from, id: target, at: new Date(said.at), revision, body, ...mine } }
    }
    if (id === "") return { event: { type: "notice", chat, at: new Date(said.at), text: `${nick}: ${body.text}`, by: from } }
    this.note(said, person)
    return { event: this.#message(said, from, body, draft.reply) }
  }

  #message({ id, at, own }: Said, from: MessageEvent["from"], body: Body, reply?: string): MessageEvent {
    const answered: Reply | undefined = reply === undefined ? undefined : { id: reply }
    const { chat } = this
    return {
      type: "message",
      chat,
      id,
      from,
      nick: from.name ?? "",
      at: new Date(at),
      body,
      ...(answered && { reply: answered }),
      ...(own && { own: true }),
    }
  }

  /** Said by the room itself: somebody who runs it took something back (XEP-0425), or it tells us something. */
  #ofRoom({ el, at }: Said): Heard | undefined {
    const { chat } = this
    const now = el.getChild("retract", "urn:xmpp:message-retract:1")
    const former = el.getChild("apply-to", "urn:xmpp:fasten:0")
    const moderated = now?.getChild("moderated") ?? former?.getChild("moderated")
    const id = now?.attrs["id"] ?? former?.attrs["id"]
    if (moderated && id !== undefined) {
      const why = (now ?? moderated).getChildText("reason") ?? ""
      const nick = resourceOf(moderated.attrs["by"] ?? "")
      const person = nick === "" ? undefined : this.roll.at(nick)
      const by = person && { by: this.roll.contact(person) }
      return { event: { type: "retract", chat, ids: [id], ...by, ...(why !== "" && { why }) } }
    }
    const text = el.getChildText("body") ?? ""
    return text.trim() === "" ? undefined : { event: { type: "notice", chat, at: new Date(at), text } }
  }

  #body(draft: Draft): Body {
    const text = textOf(draft)
    const marked = markedOf(draft, text)
    const { spans: told = [], files: _files, extras: _extras, ...rest } = marked ?? {}
    const spans = told.flatMap((span) => {
      if (span.kind !== "mention") return [span]
      // A nick of this room; whoever else is meant is text.
      const jid = jidIn(span.arg ?? "") ?? span.arg ?? ""
      const person = jid.startsWith(`${this.room}/`) ? this.roll.at(resourceOf(jid)) : undefined
      return person ? [{ ...span, arg: person.id }] : []
    })
    const said = written(text, allKinds, { ...rest, spans })
    const shown = (draft.files ?? []).filter(({ url }) => /^https?:/i.test(url))
    const hidden = (draft.files ?? []).filter(({ url }) => !/^https?:/i.test(url))
    const whole = [said.text, ...hidden.map(({ url }) => url)].filter((line) => line !== "").join("\n")
    return {
      text: whole,
      ...(said.spans && said.spans.length > 0 && { spans: said.spans.map(({ whom: _, ...span }) => span) }),
      ...(shown.length > 0 && { files: shown.map(fileOf) }),
      ...(draft.extras && { extras: draft.extras }),
    }
  }
}

/** By its address, which is all that is needed to fetch it. */
function fileOf({ url, hashes, name: told, mime, ...known }: Linked): FileRef {
  const name = cleanName(told ?? nameInUrl(url), "file")
  const type = mime ?? typeByName(name)
  const kind = kindOf(type, known.kind)
  return { ...known, name, mime: type, ref: url, stableId: hashes?.["sha-256"] ?? url, ...(kind !== undefined && { kind }) }
}

const types: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  mp4: "video/mp4",
  webm: "video/webm",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  m4a: "audio/mp4",
  pdf: "application/pdf",
  txt: "text/plain",
}

/** Out of band (XEP-0066) only the address is told. */
function typeByName(name: string): string {
  return types[/\.(\w{1,5})$/.exec(name)?.[1]?.toLowerCase() ?? ""] ?? "application/octet-stream"
}
