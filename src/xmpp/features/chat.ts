// The commands by chat with the gateway's own JID: for clients without forms, and for people who do not look for menus.
import { linesOf, resultOf } from "../../core/commands/ask.js"
import { turnedAway, type Command } from "../../core/commands/command.js"
import { available } from "../../core/commands/help.js"
import { named, nearest } from "../../core/commands/named.js"
import { Cancelled, Dialogue, optionsOf, readField, type Step, type Turn } from "../../core/login.js"
import type { BareJid } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"
import { inLanguage, words, type Said } from "../../core/words/words.js"

export interface ChatParts {
  commands: readonly Command[]
  /** The one whose `register` also makes the gateway known to the user. */
  service: Service
  bug(error: unknown): void
  /** A dialogue whose user says nothing for so long ends, in ms. */
  idleMs?: number
}

type Field = NonNullable<Step["fields"]>[number]

/** How to answer one line. */
interface Answering {
  lang: string
  say(said: Said): void
}

interface Talk {
  command: Command
  dialogue: Dialogue
  /** Fields of the step still to be asked for, and what was answered. */
  step: Step | undefined
  values: Record<string, string>
  busy: boolean
  /** Whose end is listened for. */
  following?: Step
  timer?: NodeJS.Timeout
}

/** An automatic answerer at the other end must not be talked with for ever: so many answers to nonsense a minute. */
const nonsensePerMinute = 5
/** Dialogues of all users that are open at once: one address each is easily had. */
const mostTalks = 5000

export class GatewayChat {
  readonly #talks = new Map<BareJid, Talk>()
  readonly #nonsense = new Map<BareJid, { since: number; count: number }>()
  readonly #idleMs: number

  constructor(private readonly parts: ChatParts) {
    this.#idleMs = parts.idleMs ?? 10 * 60_000
  }

  /** Handles one line, said in this language. `tell` may be called several times, also later. */
  async say(user: BareJid, line: string, tell: (text: string) => void, lang = "en"): Promise<void> {
    const answer: Answering = { lang, say: (said) => tell(inLanguage(said, lang)) }
    const text = line.trim()
    if (text === "") return
    const [, word = "", argument = ""] = /^[/!]?(\S+)\s*([\s\S]*)$/.exec(text) ?? []
    const command = word.toLowerCase()
    const talk = this.#talks.get(user)
    if (command === "cancel") {
      if (talk) this.#end(user, talk)
      return answer.say(talk ? words("Cancelled.") : words("There is nothing to cancel."))
    }
    if (talk?.busy) return answer.say(words("One moment: I am still busy with what you wrote before. Then write this again."))
    // What only waits for something need not be waited for: it is told when it has come.
    const isAway =
      talk !== undefined && waits(talk.step) && named(this.parts.commands, answer.lang, text, command, argument.trim()) !== undefined
    if (talk && isAway) this.#end(user, talk)
    else if (talk) return this.#answered(user, talk, text, answer)
    return this.#begin(user, text, command, argument.trim(), answer)
  }

  async #begin(user: BareJid, text: string, typed: string, said: string, answer: Answering): Promise<void> {
    const { commands, service } = this.parts
    const { lang } = answer
    const found = named(commands, lang, text, typed, said)
    if (!found) {
      if (this.#tired(user)) return
      const known = available(commands, service, user)
      const near = nearest(known, typed)
      return answer.say(
        near === undefined
          ? words(
              "This is the gateway to {network}, and I know only these words: {words}. To talk with somebody, write to their own address.",
              { network: service.name, words: known.map(({ name }) => name).join(", ") },
            )
          : words("I do not know «{word}». Did you mean «{near}»? Write «help» to see all there is.", { word: typed.slice(0, 50), near }),
      )
    }
    const { command, argument } = found
    const refusal = turnedAway(command, service, user)
    if (refusal) return answer.say(saidBy(refusal))
    if (this.#talks.size >= mostTalks) return answer.say(words("Too many commands are under way. Try again in a while."))
    const dialogue = new Dialogue((ask, say) => command.run({ user, service, argument, lang, ask, say }))
    const talk: Talk = { command, dialogue, step: undefined, values: {}, busy: true }
    this.#talks.set(user, talk)
    await this.#turn(user, talk, dialogue.next(), answer)
  }

  async #answered(user: BareJid, talk: Talk, text: string, answer: Answering): Promise<void> {
    // Who was an administrator when it began may be none any more.
    const refusal = turnedAway(talk.command, this.parts.service, user)
    if (refusal) {
      this.#end(user, talk)
      return answer.say(saidBy(refusal))
    }
    const field = this.#open(talk)
    if (field) {
      const value = readLine(field, text, answer.lang)
      if (value === undefined) {
        const options = (optionsOf(field, answer.lang) ?? []).map(({ label }) => label).join(", ")
        return answer.say(words("Please answer with one of these: {options}. Or write «cancel».", { options }))
      }
      talk.values[field.name] = value
      if (field.secret === true)
        answer.say(words("Thank you. Please delete your last message now, so that the secret does not stay in your history."))
      const next = this.#open(talk)
      if (next) {
        this.#rest(user, talk)
        return answer.say(prompt(next, answer.lang))
      }
    }
    talk.busy = true
    await this.#turn(user, talk, talk.dialogue.answer(talk.values), answer)
  }

  async #turn(user: BareJid, talk: Talk, next: Promise<Turn>, answer: Answering): Promise<void> {
    clearTimeout(talk.timer)
    const turn = await next
    talk.busy = false
    // Cancelled meanwhile: what comes of it is no news.
    if (this.#talks.get(user) !== talk) return
    for (const said of turn.said) answer.say(said)
    if (turn.k !== "ask") {
      this.#end(user, talk)
      if (turn.k === "failed" && !(turn.cause instanceof Refusal || turn.cause instanceof Cancelled)) this.parts.bug(turn.cause)
      if (turn.k === "done") return answer.say(linesOf(resultOf(turn.text).text, answer.lang))
      const failure = turn.error.said ?? turn.error.text
      // Who was asked something takes the end of the dialogue for another question.
      return answer.say(talk.step ? words("{failure}\nWrite «{word}» to try again.", { failure, word: talk.command.name }) : failure)
    }
    talk.step = turn.step
    talk.values = {}
    this.#rest(user, talk)
    const { title, text = "", qr = "" } = turn.step
    const field = this.#open(talk)
    const waiting = words("You are told when it is done. To end this, write «cancel».")
    const going = waits(turn.step) ? waiting : words("Write anything to go on, or «cancel».")
    const ending = field ? prompt(field, answer.lang) : going
    if (waits(turn.step)) this.#goOn(user, talk, turn.step, answer)
    answer.say(
      [title, text, qr, ending]
        .map((line) => inLanguage(line, answer.lang))
        .filter((line) => line !== "")
        .join("\n"),
    )
  }

  /** When what is waited for has come, without a word of the user's. */
  #goOn(user: BareJid, talk: Talk, step: Step, answer: Answering): void {
    const come = (): void => {
      // Of what was shown again, or while the user asked how it goes, somebody else takes the turn.
      if (this.#talks.get(user) !== talk || talk.step !== step || talk.busy) return
      talk.busy = true
      void this.#turn(user, talk, talk.dialogue.next(), answer)
    }
    if (talk.following === step) return
    talk.following = step
    step.until?.then(come, come)
  }

  /** The field to be asked for next. */
  #open({ step, values }: Talk): Field | undefined {
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

/** It only shows something until that is over. */
function waits(step: Step | undefined): boolean {
  return step?.until !== undefined && fieldsOf(step).length === 0
}

function fieldsOf(step: Step | undefined): readonly Field[] {
  return step?.fields ?? []
}

function saidBy({ error }: Refusal): Said {
  return error.said ?? error.text
}

/** In a chat nothing can be left empty: a hyphen is «as it is», or nothing. */
function readLine(field: Field, text: string, lang: string): string | undefined {
  if (text === "-" && (field.optional === true || field.preset !== undefined)) return field.preset ?? ""
  return readField(field, text, lang)
}

/** More, or longer, options than this are a numbered list. */
const onOneLine = { options: 4, characters: 60 }

function prompt(field: Field, lang: string): string {
  const { secret, optional, preset } = field
  const label = inLanguage(field.label, lang)
  const options = optionsOf(field, lang)
  const now = options?.find(({ value }) => value === preset)?.label ?? preset
  const hint =
    now !== undefined && now !== ""
      ? words("«-» leaves it as it is: {value}.", { value: now })
      : optional === true
        ? words("«-» leaves it empty.")
        : ""
  const hinted = (question: string): string => (hint === "" ? question : `${question}\n${inLanguage(hint, lang)}`)
  if (options) {
    const listed = options.map((option) => option.label)
    const isShort = listed.length <= onOneLine.options && listed.join(", ").length <= onOneLine.characters
    if (isShort) return hinted(`${label} (${listed.join(", ")})`)
    const numbered = listed.map((option, i) => (option.startsWith(`${i + 1}. `) ? option : `${i + 1}. ${option}`))
    return hinted([label, ...numbered, inLanguage(words("Answer with the number."), lang)].join("\n"))
  }
  const question = /[?？。.]$/.test(label) ? label : inLanguage(words("{label}?", { label }), lang)
  if (secret !== true) return hinted(question)
  return inLanguage(words("{question} It is a secret: delete your message once I have it. «cancel» ends this.", { question }), lang)
}
