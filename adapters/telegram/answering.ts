// Commands carried out, and their answers shown: to the person, beneath what they said, or in place of the buttons they pressed.
import { setTimeout as sleep } from "node:timers/promises"
import type { CallbackQuery, Message } from "node-telegram-bot-api"
import type { Body, ChatRef, Contact, Host, MessageRef } from "xferry"
import type { Calls } from "./calls.js"
import type { Said } from "./commands.js"
import { type Written, written } from "./entities.js"
import { explain } from "./errors.js"
import { chosenIn, keyboardOf } from "./keyboard.js"
import { contactOf, senderOf } from "./people.js"
import { chatRef, isRoom, threadOf } from "./places.js"
import { redact } from "./redact.js"
import { target } from "./send.js"

const maxChars = 4096
/** Bot API, answerCallbackQuery: text has 0-200 characters. */
const maxAlert = 200
/** As often an answer is tried when Telegram asks for patience; as many may wait. */
const tries = 3
const waiting = 50
const firstWaitMs = 1000
const longestWaitMs = 60_000

export class Answering {
  #waiting = 0

  constructor(
    private readonly calls: Calls,
    private readonly host: Host,
  ) {}

  /** Resolves when the command was carried out and its answer was sent or given up: the update may be forgotten then. */
  async command(message: Message, { name, argument }: Said): Promise<void> {
    const from = senderOf(message)
    const answered = message.reply_to_message
    const thread = threadOf(message)
    const to = answered && answered.message_id !== thread ? { id: String(answered.message_id) } : undefined
    const body = await this.#run({ from, chat: chatRef(message), name, argument, ...(to && { message: to }) }, message.from?.language_code)
    await this.#patiently(() => this.#say(message, body))
  }

  /** A button under a message of ours. One of another time or program is told that nothing comes of it. */
  async pressed(query: CallbackQuery): Promise<void> {
    const { id: callback_query_id, from: user, message: at, data } = query
    const { api } = this.calls
    const chosen = chosenIn(data)
    const blank = (): Promise<unknown> => api.answerCallbackQuery({ callback_query_id }, this.host.signal)
    if (!chosen || !at) return this.#patiently(blank, 1)
    const message = at as Message
    const offeredTo = message.reply_to_message
    const to = offeredTo && { message: { id: String(offeredTo.message_id) } }
    const body = await this.#run({ from: contactOf(user), chat: chatRef(message), ...chosen, ...to }, user.language_code)
    // In a group the buttons belong to whom they were offered; anyone else's press is answered to them alone.
    if (isRoom(message.chat) && offeredTo?.from?.id !== user.id) {
      const text = shortened(body.text, maxAlert)
      return this.#patiently(
        () => api.answerCallbackQuery({ callback_query_id, show_alert: true, ...(text && { text }) }, this.host.signal),
        1,
      )
    }
    await this.#patiently(() => this.#replace(message, body))
    await this.#patiently(blank, 1)
  }

  async #run(call: { from: Contact; chat: ChatRef; name: string; argument: string; message?: MessageRef }, lang?: string): Promise<Body> {
    const { host } = this
    try {
      return await host.run({ ...call, ...(lang && { lang }) })
    } catch (error) {
      // Not acknowledged: it comes again.
      if (host.signal.aborted) throw error
      host.log.warn({ command: call.name, fault: redact(String(error)) }, "a command failed")
      return { text: "This did not work. Please try again later." }
    }
  }

  /** In groups as an answer, so that it is clear whom it is for; so, too, where there is something to choose. */
  async #say(message: Message, body: Body): Promise<void> {
    const { api } = this.calls
    const keyboard = keyboardOf(body.extras)
    const { chat, message_id } = message
    const thread = threadOf(message)
    const common = target({ chat: chat.id, ...(thread !== undefined && { thread }) })
    const answers = isRoom(chat) || keyboard ? { reply_parameters: { message_id, allow_sending_without_reply: true } } : {}
    const text = shown(body)
    if (text)
      await api.sendMessage({ ...common, ...answers, ...quiet, ...text, ...(keyboard && { reply_markup: keyboard }) }, this.host.signal)
  }

  async #replace(message: Message, body: Body): Promise<void> {
    const { api } = this.calls
    const { signal } = this.host
    const where = { chat_id: message.chat.id, message_id: message.message_id }
    const text = shown(body)
    if (!text) return void (await api.editMessageReplyMarkup(where, signal))
    const keyboard = keyboardOf(body.extras)
    const edit = api.editMessageText({ ...where, ...quiet, ...text, ...(keyboard && { reply_markup: keyboard }) }, signal)
    await edit.catch(async (error: unknown) => {
      const { kind, message: why } = explain(error, { unsure: false })
      if (/not modified/i.test(why)) return
      if (kind !== "gone" && kind !== "denied" && kind !== "rejected") throw error
      await this.#say(message, body)
    })
  }

  /** The first try is waited for, so that answers keep their order; whoever has to be waited for longer holds up nobody. */
  async #patiently(send: () => Promise<unknown>, most = tries): Promise<void> {
    const failed = await this.#tried(send)
    if (failed === undefined || most <= 1 || this.#waiting >= waiting) return
    this.#waiting++
    const again = async (): Promise<void> => {
      let waitMs: number | undefined = failed
      for (let i = 1; i < most && waitMs !== undefined && waitMs <= longestWaitMs; i++) {
        await sleep(waitMs, undefined, { signal: this.host.signal })
        waitMs = await this.#tried(send)
      }
    }
    void again()
      .catch(() => undefined)
      .finally(() => this.#waiting--)
  }

  /** How long to wait until the next try; undefined: it is done, or was refused. */
  async #tried(send: () => Promise<unknown>): Promise<number | undefined> {
    try {
      await send()
      return undefined
    } catch (error) {
      const { kind, message, retryAfterMs } = explain(error, { unsure: true })
      this.host.log.debug({ kind, reason: message }, "an answer to a command was not sent")
      return kind === "retry" ? (retryAfterMs ?? firstWaitMs) : undefined
    }
  }
}

/** Nothing of a page that an answer names: its address is enough. */
const quiet = { link_preview_options: { is_disabled: true as const } }

/** Undefined: there is nothing to say. What is longer than Telegram takes is cut: answers are short. */
function shown({ text, spans }: Body): Written | undefined {
  const said = written({ text, ...(spans && { spans }) })
  if (said.text.trim() === "") return undefined
  return said.text.length <= maxChars ? said : { text: shortened(said.text, maxChars) }
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`
}
