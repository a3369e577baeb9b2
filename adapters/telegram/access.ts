// Who may do what in a room, and who runs it.
import type { Session } from "xferry"
import { type Calls, roomPlace, says } from "./calls.js"
import type { capabilities } from "./capabilities.js"
import { isPerson, roomId } from "./places.js"
import { has, isHidden, maySend, memberOf, roleOf } from "./rights.js"
import type { Rooms } from "./rooms.js"

type Verbs = Pick<Session<typeof capabilities>, "access" | "members">

const nobody = /user not found|member not found|USER_NOT_PARTICIPANT|PARTICIPANT_ID_INVALID|USER_ID_INVALID/i

export function accessVerbs(calls: Calls, rooms: Rooms): Verbs {
  const { api } = calls
  return {
    async access({ room, user }, signal) {
      const place = roomPlace(room)
      const chat_id = place.chat
      const outside = { role: "none" as const, maySend: false }
      // Whoever acts in the chat's own name is one of its administrators (Bot API, Message, sender_chat).
      if (user.split(".")[0] === String(chat_id)) return { role: "admin", maySend: true }
      if (!isPerson(user)) return outside
      return calls.at(place, async () => {
        const member = await api.getChatMember({ chat_id, user_id: Number(user) }, signal).catch((error: unknown) => {
          if (says(error, nobody)) return undefined
          throw error
        })
        if (!member) return outside
        const chat = await api.getChat({ chat_id }, signal)
        const closed = (await rooms.topic(roomId(chat_id, place.thread))).closed === true
        return {
          role: roleOf(member),
          maySend: maySend(chat, member, chat.permissions) && (!closed || has(member, "can_manage_topics")),
        }
      })
    },
    async members({ room, cursor, limit }, signal) {
      const place = roomPlace(room)
      const list = await calls.at(place, () => api.getChatAdministrators({ chat_id: place.chat, return_bots: true }, signal))
      const all = list.filter((member) => !isHidden(member)).map(memberOf)
      const sorted = [...all.filter(({ role }) => role === "owner"), ...all.filter(({ role }) => role !== "owner")]
      // Telegram has no pages here: each is cut from the whole.
      const from = Number(cursor ?? 0)
      const to = from + limit
      return { items: sorted.slice(from, to), ...(to < sorted.length && { next: String(to) }) }
    },
  }
}
