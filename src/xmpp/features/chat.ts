// The commands by chat with the gateway's own JID: for clients without forms, and for people who do not look for menus.
import type { Command } from "../../core/commands/command.js"
import { howToRegister } from "../../core/commands/command.js"
import { available } from "../../core/commands/help.js"
import { Cancelled, Dialogue, readField, type Step, type Turn } from "../../core/login.js"
import type { BareJid } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"

export interface ChatParts {
  commands: readonly Command[]
  /** The one whose `register` also makes the gateway known to the user. */
  service: Service
  bug(error: unknown): void
  /** A dialogue whose user says nothing for so long ends, in ms. */
  idleMs?: number
}

interface Talk {
  /** The word that began it. */
  word: string
  dialogue: Dialogue
  /** Fields of the step still to be asked for, and what was answered. */
  step: Step | undefined
  values: Record<string, string>
  busy: boolean
  timer?: NodeJS.Timeout
}

/** An automatic answerer at the other end must not be talked with for ever: so many answers to nonsense a minute. */
const nonsensePerMinute = 5

export class GatewayChat {
  readonly #talks = new Map<BareJid, Talk>()
  readonly #nonsense = new Map<BareJid, { since: number; count: number }>()
  readonly #idleMs: number

  constructor(private readonly parts: ChatParts) {
    this.#idleMs = parts.idleMs ?? 10 * 60_000
  }

  /** Handles one line. `answer` may be called several times, also later. */
  async say(user: BareJid, line: string, answer: (text: string) => void): Promise<void> {
    const text = line.trim()
    if (text === "") return
    const [, word = "", argument = ""] = /^[/!]?(\S+)\s*([\s\S]*)$/.exec(text) ?? []
    const command = word.toLowerCase()
    const talk = this.#talks.get(user)
    if (command === "cancel") {
      if (talk) this.#end(user, talk)
      return answer(talk ? "Cancelled." : "There is nothing to cancel.")
    }
    if (talk?.busy) return answer("One moment: I am still busy with what you wrote before. Then write this again.")
    if (talk) return this.#answered(user, talk, text, answer)
    return this.#begin(user, command, argument.trim(), answer)
  }

  async #begin(user: BareJid, word: string, argument: string, answer: (text: string) => void): Promise<void> {
    const { commands, service } = this.parts
    const command = commands.find(({ name }) => name === word)
    if (!command) {
      if (this.#tired(user)) return
      const words = available(commands, service, user).map(({ name }) => name)
      return answer(
        `This is the gateway to ${service.name}, and I know only these words: ${words.join(", ")}. To talk with somebody, write to their own address.`,
      )
    }
    if (command.needs === "user" && service.linksOf(user).length === 0) return answer(howToRegister(service))
    const dialogue = new Dialogue((ask, say) => command.run({ user, service, argument, ask, say }))
    const talk: Talk = { word, dialogue, step: undefined, values: {}, busy: true }
    this.#talks.set(user, talk)
    await this.#turn(user, talk, dialogue.next(), answer)
  }

  async #answered(user: BareJid, talk: Talk, text: string, answer: (text: string) => void): Promise<void> {
    const field = this.#open(talk)
    if (field) {
      const value = readField(field, text)
      if (value === undefined) return answer(`Please answer with one of these: ${(field.options ?? []).join(", ")}. Or write «cancel».`)
      talk.values[field.name] = value
      if (field.secret === true) answer("Thank you. Please delete your last message now, so that the secret does not stay in your history.")
      const next = this.#open(talk)
      if (next) {
        this.#rest(user, talk)
        return answer(prompt(next))
      }
    }
    talk.busy = true
    await this.#turn(user, talk, talk.dialogue.answer(talk.values), answer)
  }

  async #turn(user: BareJid, talk: Talk, next: Promise<Turn>, answer: (text: string) => void): Promise<void> {
    clearTimeout(talk.timer)
    const turn = await next
    talk.busy = false
    // Cancelled meanwhile: what comes of it is no news.
    if (this.#talks.get(user) !== talk) return
    for (const text of turn.said) answer(text)
    if (turn.k !== "ask") {
      this.#end(user, talk)
      if (turn.k === "failed" && !(turn.cause instanceof Refusal || turn.cause instanceof Cancelled)) this.parts.bug(turn.cause)
      if (turn.k === "done") return answer(turn.text)
      // Who was asked something takes the end of the dialogue for another question.
      return answer(talk.step ? `${turn.error.text}\nWrite «${talk.word}» to try again.` : turn.error.text)
    }
    talk.step = turn.step
    talk.values = {}
    this.#rest(user, talk)
    const field = this.#open(talk)
    const ending = field ? prompt(field) : "Write anything to go on, or «cancel»."
    answer([turn.step.title, turn.step.text, turn.step.qr, ending].filter((line) => line !== undefined && line !== "").join("\n"))
  }

  /** The field to be asked for next. */
  #open({ step, values }: Talk): ReturnType<typeof fieldsOf>[number] | undefined {
    return fieldsOf(step).find(({ name }) => !Object.hasOwn(values, name))
  }

  #rest(user: BareJid, talk: Talk): void {
    clearTimeout(talk.timer)
    talk.timer = setTimeout(() => this.#end(user, talk), this.#idleMs)
    talk.timer.unref()
  }

  #end(user: BareJid, talk: Talk): void {
    clearTimeout(talk.timer)
    if (this.#talks.get(user) === talk) this.#talks.delete(user)
    talk.dialogue.cancel()
  }

  #tired(user: BareJid): boolean {
    const now = Date.now()
    const known = this.#nonsense.get(user)
    if (!known || now - known.since > 60_000) {
      if (this.#nonsense.size > 1000) this.#nonsense.clear()
      this.#nonsense.set(user, { since: now, count: 1 })
      return false
    }
    known.count += 1
    return known.count > nonsensePerMinute
  }
}

function fieldsOf(step: Step | undefined): NonNullable<Step["fields"]> {
  return step?.fields ?? []
}

function prompt({ label, options, secret }: NonNullable<Step["fields"]>[number]): string {
  if (options) return `${label} (${options.join(", ")})`
  return secret === true ? `${label}? It is a secret: delete your message once I have it. «cancel» ends this.` : `${label}?`
}
