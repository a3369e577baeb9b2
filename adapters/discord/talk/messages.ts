// STOPGAP of the lead until A3's version is here: messages of the gateway and of the history as events.
import type { MessageEvent, NetworkEvent } from "xferry"
import { flag, id, isObject, type Json, list, object, text, time } from "../loose.js"
import { timeOf } from "../places.js"
import type { Bot, Handlers } from "../types.js"
import { contactOf } from "../world/people.js"

export async function messageEvent(
  bot: Pick<Bot, "self" | "application" | "dms" | "webhooks">,
  raw: Json,
): Promise<MessageEvent | undefined> {
  const [message, channel] = [id(raw["id"]), id(raw["channel_id"])]
  const author = object(raw["author"])
  const hook = id(raw["webhook_id"])
  if (message === undefined || channel === undefined) return undefined
  const from =
    hook === undefined ? contactOf(author) : { id: `w${hook}`, name: text(author["username"]) ?? "webhook", kind: "webhook" as const }
  if (!from) return undefined
  const own =
    from.id === bot.self.id || (hook !== undefined && (bot.webhooks.isOurs(hook) || id(raw["application_id"]) === bot.application))
  const direct =
    raw["guild_id"] === undefined || raw["guild_id"] === null
      ? own
        ? await bot.dms.userOf(channel)
        : ((await bot.dms.userOf(channel)) ?? undefined)
      : undefined
  if (direct === undefined && !own && raw["guild_id"] === undefined && bot.dms && !raw["member"]) await bot.dms.learn(channel, from.id)
  const chat = direct !== undefined ? { user: direct } : raw["guild_id"] || raw["member"] ? { room: channel } : { user: from.id }
  const key = text(raw["nonce"])
  const edited = time(raw["edited_timestamp"])
  const nick = text(object(raw["member"])["nick"])
  const answered = id(object(raw["message_reference"])["message_id"])
  const referenced = object(raw["referenced_message"])
  const quoted = text(referenced["content"])
  return {
    type: "message",
    id: message,
    chat,
    from,
    at: new Date(timeOf(message)),
    body: {
      text:
        text(raw["content"]) ||
        list(raw["attachments"])
          .map((one) => `[${text(one["filename"]) ?? "file"}] ${text(one["url"]) ?? ""}`)
          .join("\n") ||
        "[message]",
    },
    ...(nick && { nick }),
    ...(answered !== undefined && { reply: { id: answered, ...(quoted !== undefined && { text: quoted }) } }),
    ...(own && { own: true }),
    ...(key && { key }),
    ...(edited !== undefined && { revision: String(edited) }),
  }
}

export function messageHandlers(bot: Bot): Handlers {
  const chatOf = async (d: Json): Promise<NetworkEvent & { type: "retract" } extends { chat: infer C } ? C : never> => {
    const channel = id(d["channel_id"]) ?? ""
    const user = d["guild_id"] ? undefined : await bot.dms.userOf(channel)
    return user === undefined ? { room: channel } : { user }
  }
  return {
    MESSAGE_CREATE: async (d) => {
      const event = await messageEvent(bot, d)
      return event ? [event] : []
    },
    MESSAGE_UPDATE: async (d) => {
      const event = await messageEvent(bot, d)
      if (!event || event.revision === undefined) return []
      const { chat, from, id: message, body, revision, own } = event
      return [{ type: "edit", chat, from, id: message, at: new Date(Number(revision)), revision, body, ...(own && { own }) }]
    },
    MESSAGE_DELETE: async (d) => [{ type: "retract", chat: await chatOf(d), ids: [id(d["id"]) ?? ""] }],
    MESSAGE_DELETE_BULK: async (d) => [
      { type: "retract", chat: await chatOf(d), ids: Array.isArray(d["ids"]) ? d["ids"].flatMap((one) => id(one) ?? []) : [] },
    ],
    TYPING_START: async (d) => {
      const user = id(d["user_id"])
      const member = object(d["member"])
      const from = isObject(member["user"]) ? contactOf(object(member["user"])) : user === undefined ? undefined : { id: user }
      if (!from || from.id === bot.self.id || flag(false)) return []
      return [{ type: "typing", chat: await chatOf(d), from, active: true }]
    },
  }
}
