// What was said to Telegram, changed: edited, taken back, reacted to.
import { AdapterError, type Session } from "xferry"
import { type Calls, placeIn, says } from "./calls.js"
import type { capabilities } from "./capabilities.js"
import { type Written, written } from "./entities.js"
import { readHandle } from "./handle.js"
import { type Carrier, replaceFile } from "./media.js"
import { maxCaption } from "./outward.js"
import { reactionOf } from "./emoji.js"
import type { Logins } from "./logins.js"
import { deleteAt, idOf, plainIfRefused, through } from "./send.js"

type Verbs = Pick<Session<typeof capabilities>, "edit" | "retract" | "react">

/** What is to be so already is. */
const done = /message is not modified|MESSAGE_NOT_MODIFIED/i
const elsewhere = /there is no (text|caption) in the message to edit/i

export function changeVerbs(calls: Calls, carrier: Carrier, logins: Logins): Verbs {
  const { api } = calls
  return {
    async edit({ chat, message, body }, signal) {
      const place = placeIn(chat)
      logins.require(place, "can_reply")
      const { as, text } = readHandle(message.handle)
      const here = { chat_id: place.chat, ...through(place.login) }
      const where = { ...here, message_id: text ?? idOf(message) }
      const said = written(body)
      const inText = (words: Written) => api.editMessageText({ ...where, ...words }, signal)
      const inCaption = ({ text: caption, entities }: Written) =>
        api.editMessageCaption({ ...where, caption, ...(entities && { caption_entities: entities }) }, signal)
      const [first, second] = as === "caption" && text === undefined ? [inCaption, inText] : [inText, inCaption]
      const [file] = body.files ?? []
      if (as === "none" && text === undefined && !file)
        throw new AdapterError(
          "unsupported",
          "Telegram has no text on such a message that could be changed. Take it back and send it anew.",
        )
      if (first === inCaption && said.text.length > maxCaption) throw tooLong(said.text.length)
      const edited = await calls.unless(done, place, () =>
        file
          ? replaceFile(carrier, { ...here, message_id: idOf(message) }, file, said, signal)
          : plainIfRefused(said, (words) =>
              first(words).catch((error: unknown) => {
                // Without a handle, or with that of another time, Telegram says which of the two it is.
                if (!says(error, elsewhere)) throw error
                return second(words)
              }),
            ),
      )
      return typeof edited === "object" && edited.edit_date !== undefined ? { revision: String(edited.edit_date) } : {}
    },
    async retract({ chat, message }, signal) {
      const place = placeIn(chat)
      logins.require(place, "can_delete_sent_messages", "can_delete_all_messages")
      const id = idOf(message)
      await calls.unless(/message to delete not found|MESSAGE_ID_INVALID/i, place, () => deleteAt(api, place, id, signal))
    },
    async react({ chat, message, emoji }, signal) {
      const place = placeIn(chat)
      if (place.login !== undefined)
        throw new AdapterError("unsupported", "Telegram does not let a bot react in the chats of a business account.")
      // Bot API, setMessageReaction: bots can set up to one.
      const reaction = emoji.slice(0, 1).map(reactionOf)
      await calls.unless(done, place, () => api.setMessageReaction({ chat_id: place.chat, message_id: idOf(message), reaction }, signal))
    },
  }
}

function tooLong(length: number): AdapterError {
  return new AdapterError("rejected", `On Telegram the text beside a file has at most ${maxCaption} characters; this one has ${length}.`)
}
