// Who came, went or was given other rights, the bot itself included, as events: pure.
import type { ChatMemberUpdated } from "node-telegram-bot-api"
import type { NetworkEvent } from "xferry"
import { roomId } from "./places.js"
import { actorOf, nameOf } from "./people.js"
import { isIn, maySend, memberOf, roleOf } from "./rights.js"

type Change = Extract<NetworkEvent, { type: "member" }>["change"]

/** chat_member: of anyone but the bot. Telegram tells it to administrators alone. */
export function memberChanged(update: ChatMemberUpdated): NetworkEvent[] {
  const { chat, from, old_chat_member: before, new_chat_member: after } = update
  const room = roomId(chat.id)
  const by = actorOf(from, chat)
  const member = memberOf(after)
  const others = by.id !== member.contact.id && { by }
  const change = changeOf(update)
  const event: NetworkEvent = { type: "member", room, member, change, ...others }
  const may = (who: typeof after): boolean => maySend(chat, who, undefined)
  const sameRights = roleOf(before) === roleOf(after) && may(before) === may(after) && change === "changed"
  return sameRights ? [event] : [event, { type: "access", room, user: member.contact.id }]
}

function changeOf({ from, old_chat_member: before, new_chat_member: after }: ChatMemberUpdated): Change {
  const was = isIn(before)
  if (isIn(after)) return was ? "changed" : "joined"
  if (after.status === "kicked" && before.status !== "kicked") return "banned"
  if (!was) return "changed"
  return from.id === after.user.id ? "left" : "kicked"
}

/** my_chat_member in a group or channel: the bot was added, removed, or may do more or less than before. */
export function selfChanged({ chat, from, old_chat_member: before, new_chat_member: after }: ChatMemberUpdated): NetworkEvent[] {
  const room = roomId(chat.id)
  if (!isIn(after)) return isIn(before) ? [{ type: "gone", room, why: "removed" }] : []
  if (isIn(before)) return [{ type: "access", room }]
  const name = nameOf(chat)
  return [
    {
      type: "room",
      room: { id: room, kind: chat.type === "channel" ? "channel" : "group", parent: null, ...(name !== "" && { name }) },
      by: actorOf(from, chat),
    },
  ]
}
