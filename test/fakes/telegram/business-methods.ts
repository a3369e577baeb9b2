// What the fake carries out on behalf of a business account, each after its description; of files see posting.ts.
import { businessOf } from "./business.js"
import { chatOf, Refused } from "./bot.js"
import { markupOf } from "./buttons.js"
import { type Call, chatActions, entitiesOf, textOf } from "./methods.js"
import { post, posted } from "./posting.js"

export const heededForBusiness: Record<string, readonly string[]> = {
  readBusinessMessage: ["business_connection_id", "chat_id", "message_id"],
  deleteBusinessMessages: ["business_connection_id", "message_ids"],
  getBusinessConnection: ["business_connection_id"],
}

export const businessMethods: Record<string, (call: Call) => unknown> = {
  getBusinessConnection: ({ bot, params }) => businessOf(bot, params["business_connection_id"]).connection,
  readBusinessMessage({ bot, params }) {
    businessOf(bot, params["business_connection_id"]).markRead(Number(params["chat_id"]), Number(params["message_id"]))
    return true
  },
  deleteBusinessMessages(call) {
    const { bot, params } = call
    const business = businessOf(bot, params["business_connection_id"])
    for (const { message_id } of business.deleted(params["message_ids"] as number[])) {
      const note = bot.sent.findLast(({ id, login }) => id === message_id && login === business.id)
      if (!note) continue
      note.deleted = true
      call.sent(note, "deleted")
    }
    return true
  },
  sendChatAction({ bot, params }) {
    const action = String(params["action"])
    if (!chatActions.has(action)) throw new Refused(400, "Bad Request: wrong parameter action in request")
    const business = businessOf(bot, params["business_connection_id"])
    const chat = chatOf(business.writable(Number(params["chat_id"]))).id
    bot.actions.push({ chat, action, login: business.id })
    return true
  },
  sendMessage(call) {
    const text = textOf(call.params["text"] ?? "")
    return post(call, { text, ...entitiesOf(call.params), ...markupOf(call.params) }, text)
  },
  editMessageText(call) {
    const { message, note, change } = posted(call, "message to edit not found")
    const text = textOf(call.params["text"] ?? "")
    if (message.text === undefined) throw new Refused(400, "Bad Request: there is no text in the message to edit")
    if (text === message.text) throw new Refused(400, "Bad Request: message is not modified")
    const next = change({ text, entities: undefined, ...entitiesOf(call.params), edit_date: call.bot.seconds })
    if (note) {
      Object.assign(note, { text, edits: note.edits + 1 })
      call.sent(note, "edited")
    }
    return next
  },
}
