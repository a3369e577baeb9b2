// Tells what a stanza or a message of the bot is to a person who looks at the screen of either side.
import type { Element } from "@xmpp/xml"
import type { Sent } from "../fakes/telegram/index.js"
import type { FakeSide, FakeTelegram } from "./stage.js"
import type { Transcript } from "./transcript.js"

const corrections = "urn:xmpp:message-correct:0"
const carbons = "urn:xmpp:carbons:2"

/** Undefined: nothing a client shows. */
export function describeStanza(el: Element, names: ReadonlyMap<string, string>): string | undefined {
  const bare = (el.attrs["from"] ?? "").split("/")[0] ?? ""
  const who = el.getChildText("nick", "http://jabber.org/protocol/nick") ?? names.get(bare) ?? bare
  const nick = (el.attrs["from"] ?? "").split("/")[1]
  if (el.is("message")) {
    if (el.attrs["type"] === "groupchat") {
      const said = el.getChildText("body")
      return said === null ? undefined : `(in the room) ${nick ?? "the room"}: ${said}`
    }
    if (el.getChild("x", "http://jabber.org/protocol/muc#user")?.getChild("invite")) return `is invited to the room ${bare}`
    const copy = el.getChild("sent", carbons)?.getChild("forwarded")?.getChild("message")
    if (copy) return `(another client) to ${names.get(copy.attrs["to"] ?? "") ?? copy.attrs["to"]}: ${copy.getChildText("body") ?? ""}`
    if (el.attrs["type"] === "error") return `✗ not delivered: ${el.getChild("error")?.getChildText("text") ?? "no reason given"}`
    if (el.getChild("received", "urn:xmpp:receipts")) return `✓ ${who} has it`
    const body = el.getChildText("body")
    if (body === null) return el.getChild("composing", "http://jabber.org/protocol/chatstates") ? `${who} is typing …` : undefined
    return el.getChild("replace", corrections) ? `${who} ✎ ${body}` : `${who}: ${body}`
  }
  if (el.is("presence") && el.getChild("x", "http://jabber.org/protocol/muc#user"))
    return `(in the room) ${nick ?? ""} is ${el.attrs["type"] === "unavailable" ? "gone" : "there"}`
  if (el.is("presence") && !bare.includes("@localhost")) {
    const type = el.attrs["type"]
    if (type === "subscribe") return `${who} asks to be a contact`
    if (type === undefined) return `${who} is ${el.getChildText("show") ?? "on-line"}`
    return type === "unavailable" ? `${who} is off-line` : undefined
  }
  const item = el.is("iq") && el.attrs["type"] === "set" ? el.getChild("query", "jabber:iq:roster")?.getChild("item") : undefined
  return item ? `new in the contact list: ${item.attrs["name"] ?? item.attrs["jid"]}` : undefined
}

/** Shows on Ana's side what reaches her. */
export function watchTelegram({ api, bot, ana }: FakeTelegram, transcript: Transcript): void {
  api.onSend((_bot, message, what) => {
    if (message.chat !== ana.id && !api.groups.has(message.chat)) return
    const mark = { sent: ":", edited: " ✎", deleted: " deleted:" }[what]
    transcript.line("network", "←", `${message.chat === ana.id ? "" : "(in the group) "}${bot.user.first_name}${mark} ${shown(message)}`)
  })
}

function shown({ content, text }: Sent): string {
  const kind = Object.keys(content ?? {})[0]
  return [...(kind === undefined ? [] : [`[${kind}]`]), ...(text === "" ? [] : [text])].join(" ")
}

/** Shows on Ben's side what reaches him. */
export function watchDiscord({ api, ben, square }: FakeSide, transcript: Transcript): void {
  api.world.onDispatch(({ t, d }) => {
    if (t !== "MESSAGE_CREATE" && t !== "MESSAGE_UPDATE") return
    const { author, content, channel_id } = d as { author?: { id: string; username: string }; content?: string; channel_id: string }
    if (!author || author.id === ben.id) return
    const where = channel_id === square.id ? "(in the channel) " : ""
    transcript.line("network", "←", `${where}${author.username}${t === "MESSAGE_UPDATE" ? " ✎" : ":"} ${content ?? ""}`)
  })
}
