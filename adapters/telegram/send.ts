// Messages towards Telegram: texts, files, places and people, and that somebody types.
import type { Api, Message, ReplyParameters } from "node-telegram-bot-api"
import { AdapterError, type MessageRef, type Reply, type Send, type Sent, type Session } from "xferry"
import { type Calls, placeIn, says } from "./calls.js"
import type { capabilities } from "./capabilities.js"
import type { Faces } from "./faces.js"
import type { Written } from "./entities.js"
import { handleOf } from "./handle.js"
import { keyboardOf } from "./keyboard.js"
import type { Logins } from "./logins.js"
import { type Carrier, type Common, sendAlbum, sendFile } from "./media.js"
import type { Memory } from "./memory.js"
import { type Step, stepsOf } from "./outward.js"
import { contactOf } from "./people.js"
import { isPerson, type Place } from "./places.js"

type Verbs = Pick<Session<typeof capabilities>, "send" | "typing" | "read" | "contact">

/** Bot API, ReplyParameters: 0-1024 characters. */
const maxQuote = 1024

export function sendVerbs(
  calls: Calls,
  carrier: Carrier,
  { memory, faces, logins }: { memory: Memory; faces: Faces; logins: Logins },
): Verbs {
  const { api, me } = calls
  return {
    async send(op, signal) {
      const place = placeIn(op.chat)
      logins.require(place, "can_reply")
      const sent = await new Sending(calls, carrier, place, op, signal).all()
      for (const { id } of [sent, ...(sent.parts ?? [])]) memory.threads.note(place.chat, Number(id), place.thread)
      return sent
    },
    async typing({ chat, active }, signal) {
      // Telegram shows it for five seconds or until the message; there is no way to take it back.
      if (!active) return
      const place = placeIn(chat)
      if (!logins.has(place, "can_reply")) return
      await calls.at(place, () => api.sendChatAction({ ...target(place), action: "typing" }, signal))
    },
    async read({ chat, upTo }, signal) {
      const place = placeIn(chat)
      const { chat: chat_id, login } = place
      // A bot's own chats are read by nobody, and who keeps this to themselves has not given the right.
      if (login === undefined || !logins.has(place, "can_read_messages")) return
      const message_id = idOf(upTo)
      await calls.at(place, () => api.readBusinessMessage({ business_connection_id: login, chat_id, message_id }, signal))
    },
    async contact(id, signal) {
      if (!isPerson(id)) {
        const link = me.username === undefined ? "the bot's address" : `https://t.me/${me.username}`
        throw new AdapterError(
          "gone",
          `Telegram lets a bot find people by their number only. Send them ${link}: once they have written, they appear by themselves.`,
        )
      }
      const place = { chat: Number(id) }
      const chat = await calls.at(place, () => api.getChat({ chat_id: place.chat }, signal))
      const avatar = await faces.of(id, signal)
      return { ...contactOf({ ...chat, first_name: chat.first_name ?? "" }), ...(avatar !== undefined && { avatar }) }
    },
  }
}

/** One send: its requests one after the other, all or none as far as Telegram lets us. */
class Sending {
  readonly #done: Message[] = []

  constructor(
    private readonly calls: Calls,
    private readonly carrier: Carrier,
    private readonly place: Place,
    private readonly op: Send,
    private readonly signal: AbortSignal,
  ) {}

  async all(): Promise<Sent> {
    const steps = stepsOf(this.op.body)
    const made: { step: Step; messages: Message[] }[] = []
    for (const step of steps) {
      const answers = made.length === 0 ? this.op.reply : undefined
      const messages = await this.#carriedOut(step, answers).catch(async (error: unknown) => {
        await this.#undone()
        throw error
      })
      this.#done.push(...messages)
      made.push({ step, messages })
    }
    return resultOf(made)
  }

  #carriedOut(step: Step, reply: Reply | undefined): Promise<Message[]> {
    return this.calls.at(this.place, () => this.#answering(reply, (common) => this.#step(step, common)), true)
  }

  /** It is tried again as a whole, so that what is there of it would be seen twice. */
  async #undone(): Promise<void> {
    const { api } = this.calls
    for (const { message_id } of this.#done) await deleteAt(api, this.place, message_id, this.signal).catch(() => undefined)
  }

  async #step(step: Step, common: Common): Promise<Message[]> {
    const { calls, carrier, signal } = this
    switch (step.do) {
      case "text":
        return [await plainIfRefused(step.text, (text) => calls.api.sendMessage({ ...common, ...text, ...this.#offered }, signal))]
      case "files": {
        const { files, caption } = step
        const [only] = files
        const send = async (words: Written | undefined): Promise<Message[]> =>
          only && files.length === 1
            ? [await sendFile(carrier, common, only, words, signal)]
            : sendAlbum(carrier, common, files, words, signal)
        return caption ? plainIfRefused(caption, send) : send(undefined)
      }
      case "location": {
        const { lat: latitude, lon: longitude, label } = step.place
        if (!label) return [await calls.api.sendLocation({ ...common, latitude, longitude }, signal)]
        const address = `${latitude}, ${longitude}`
        return [await calls.api.sendVenue({ ...common, latitude, longitude, title: label, address }, signal)]
      }
      case "contact": {
        const { name, phone } = step.person
        return [await calls.api.sendContact({ ...common, phone_number: phone, first_name: name }, signal)]
      }
    }
  }

  /** The buttons of a question of ours. */
  get #offered() {
    const keyboard = this.op.asks === true ? keyboardOf(this.op.body.extras) : undefined
    return keyboard && { reply_markup: keyboard }
  }

  /** With what is answered, as far as Telegram finds it. */
  async #answering<T>(reply: Reply | undefined, send: (common: Common) => Promise<T>): Promise<T> {
    const common: Common = { ...target(this.place), ...(this.op.silent && { disable_notification: true as const }) }
    const answering = reply && replyTo(reply)
    if (!answering) return send(common)
    return send({ ...common, reply_parameters: answering }).catch((error: unknown) => {
      // The quote is not, or no longer, a part of what it quotes; nothing was sent.
      if (answering.quote === undefined || !says(error, /quote/i)) throw error
      const { quote: _, ...bare } = answering
      return send({ ...common, reply_parameters: bare })
    })
  }
}

/** Formatting that Telegram does not take must not keep the text from arriving; a refusal means that nothing was sent. */
export function plainIfRefused<T>(text: Written, send: (text: Written) => Promise<T>): Promise<T> {
  return send(text).catch((error: unknown) => {
    if (!text.entities || !says(error, /entit|ENTITY_/i)) throw error
    return send({ text: text.text })
  })
}

function resultOf(made: readonly { step: Step; messages: Message[] }[]): Sent {
  const main = made.find(({ step }) => step.do !== "text") ?? made[0]
  const [message] = main?.messages ?? []
  if (!main || !message) throw new TypeError("Telegram named no message")
  const words = made.find(({ step }) => step.do === "text" && step !== main.step)?.messages[0]
  const others = made.flatMap(({ messages }) => messages).filter((one) => one !== message)
  const parts = others.map(({ message_id }) => ({ id: String(message_id) }))
  const captioned = main.step.do === "files" && !words && !withoutCaption(message)
  const handle = handleOf({
    as: main.step.do === "text" ? "text" : captioned ? "caption" : "none",
    ...(words && { text: words.message_id }),
  })
  const at = new Date(message.date * 1000)
  return { id: String(message.message_id), at, ...(handle !== undefined && { handle }), ...(parts.length > 0 && { parts }) }
}

function withoutCaption(message: Message): boolean {
  return message.sticker !== undefined || message.video_note !== undefined
}

export function target({ chat, thread, login }: Place): Pick<Common, "chat_id" | "message_thread_id" | "business_connection_id"> {
  return { chat_id: chat, ...(thread !== undefined && { message_thread_id: thread }), ...through(login) }
}

/** Without this the bot would speak for itself. */
export function through(login: string | undefined): { business_connection_id?: string } {
  return login === undefined ? {} : { business_connection_id: login }
}

/** In the chats of business accounts a bot deletes by a method of its own. */
export async function deleteAt(api: Api, { chat: chat_id, login }: Place, message_id: number, signal: AbortSignal): Promise<unknown> {
  if (login === undefined) return api.deleteMessage({ chat_id, message_id }, signal)
  return api.deleteBusinessMessages({ business_connection_id: login, message_ids: [message_id] }, signal)
}

/** Telegram counts messages from 1. */
export function idOf({ id }: MessageRef): number {
  if (!/^[1-9]\d{0,9}$/.test(id)) throw new AdapterError("gone", "This message no longer exists on Telegram.")
  return Number(id)
}

/** What is answered may be deleted by now: that must not stop the answer. */
function replyTo({ id, quote }: Reply): ReplyParameters | undefined {
  if (!/^[1-9]\d{0,9}$/.test(id)) return undefined
  const fits = quote !== undefined && quote !== "" && quote.length <= maxQuote
  return { message_id: Number(id), allow_sending_without_reply: true, ...(fits && { quote }) }
}
