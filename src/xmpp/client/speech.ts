// What our occupants say, as stanzas: a text, files, corrections, retractions, reactions. Nothing here is sent.
import type { Body, FileInfo, Reply, Upload } from "../../adapter/contract.js"
import { el, join, message, textEl, type Xml } from "../stanza.js"
import { write as correction } from "../payload/correction.js"
import { write as fileElements } from "../payload/files/write.js"
import { write as originId } from "../payload/ids.js"
import { write as reactionsEl } from "../payload/reactions.js"
import * as replies from "../payload/reply.js"
import * as retraction from "../payload/retraction.js"

/** Children of one message. */
export interface Words {
  /** Unique among what is said for one key: «», «/1» … */
  suffix: string
  inner: Xml
}

export interface Placed extends FileInfo {
  url: string
}

/** Files first, each for itself so that every client shows it, then the text (docs/adr/0009). `name`: goes before a text that an occupant of another name says. */
export function sayings(text: string, files: readonly Placed[], reply: Reply | undefined, name: string): Words[] {
  const all = files.map((file, i): Words => {
    const { body, elements } = fileElements({ ...file, url: file.url })
    return { suffix: `/f${i + 1}`, inner: join([textEl("body", body), elements]) }
  })
  const last = all.at(-1)
  if (text !== "" || !last) return [...all, { suffix: "", inner: bodyOf(named(text, name), reply) }]
  const said = [...all.slice(0, -1), { ...last, suffix: "" }]
  return name === "" ? said : [{ suffix: "/n", inner: textEl("body", `${name}:`) }, ...said]
}

export function named(text: string, name: string): string {
  return name === "" ? text : `${name}: ${text}`
}

function bodyOf(text: string, reply: Reply | undefined): Xml {
  if (reply === undefined) return textEl("body", text)
  const { body, elements } = replies.write(text, { id: reply.id, text: reply.text, nick: reply.author })
  return join([textEl("body", body), elements])
}

export function corrected(target: string, { text }: Pick<Body<Upload>, "text">, name: string): Xml {
  return join([textEl("body", named(text, name)), correction(target)])
}

export function takenBack(id: string): Xml {
  return retraction.write(id)
}

export function reacted(id: string, emoji: readonly string[]): Xml {
  return reactionsEl(id, emoji)
}

/** One message to the room. */
export function toRoom(from: string, room: string, id: string, inner: Xml): Xml {
  return message({ from, to: room, type: "groupchat", id }, inner, originId(id))
}

/** XEP-0045 §7.13. */
export function voiceRequest(from: string, room: string): Xml {
  const field = (name: string, value: string, type: string): Xml => el("field", { var: name, type }, textEl("value", value))
  const form = el(
    "x",
    { xmlns: "jabber:x:data", type: "submit" },
    field("FORM_TYPE", "http://jabber.org/protocol/muc#request", "hidden"),
    field("muc#role", "participant", "list-single"),
  )
  return message({ from, to: room }, form)
}
