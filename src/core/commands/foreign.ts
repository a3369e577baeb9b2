// Commands of foreign people: what they can say to the gateway from their own network (contract, `Host.commands` and `Host.run`).
import type { Body, ChatRef, Contact, FileRef, Host, MessageRef } from "../../adapter/contract.js"
import type { Account } from "../model.js"
import { Lru } from "../lru.js"
import type { Log } from "../log.js"
import { Refusal } from "../ports.js"
import { inline } from "../short.js"
import { inLanguage, languages, words, type Said } from "../words/words.js"

export interface ForeignCall {
  /** By whose session it came. */
  readonly account: Account
  readonly from: Contact
  readonly chat: ChatRef
  /** What was said behind the command's name; «» otherwise. */
  readonly argument: string
  /** What it was said in answer to. */
  readonly message?: MessageRef
  /** BCP 47; «en» where the network does not tell. */
  readonly lang: string
}

export type ForeignAnswer = Said | Body<FileRef>

export interface ForeignCommand {
  /** One word, lower case. */
  readonly name: string
  /** One sentence for menus. */
  readonly text: Said
  readonly argument?: string
  /** Where menus offer it: only in direct chats, or only in rooms. */
  readonly where?: "direct" | "rooms"
  /** Not in menus: a way in (`start`), or what a button says. */
  readonly hidden?: true
  /** Throws `Refusal`: its text is the answer. */
  run(call: ForeignCall): Promise<ForeignAnswer>
}

/** A foreign person may say so many commands in so many ms. */
const perPerson = { commands: 20, ms: 60_000 }

/** All commands of foreign people on one network, contributed by the modules that carry them out. */
export class ForeignCommands {
  readonly #commands = new Map<string, ForeignCommand>()
  readonly #said = new Lru<string, { since: number; count: number }>(5000)

  /** `now`: epoch ms. `isShutOut`: by an administrator. */
  constructor(
    private readonly parts: { network: string; log: Log; now?: () => number; isShutOut?(person: string): boolean },
    commands: readonly ForeignCommand[] = [],
  ) {
    this.add({
      name: "help",
      text: words("Lists what you can do here."),
      run: ({ lang }) => Promise.resolve(this.#help(lang)),
    })
    this.add(...commands)
  }

  /** Throws on a name that is taken: two modules that both serve it are a bug. */
  add(...commands: readonly ForeignCommand[]): void {
    for (const command of commands) {
      if (this.#commands.has(command.name)) throw new Error(`there are two foreign commands «${command.name}»`)
      this.#commands.set(command.name, command)
    }
  }

  /** What menus offer, `help` last. */
  menu(lang = "en"): Host["commands"] {
    const shown = [...this.#commands.values()].filter(({ hidden }) => hidden !== true)
    return [...shown.filter(({ name }) => name !== "help"), ...shown.filter(({ name }) => name === "help")].map(
      ({ name, text, argument, where }) => ({
        name,
        text: inLanguage(text, lang),
        translated: Object.fromEntries(Object.keys(languages).map((code) => [code, inLanguage(text, code)])),
        ...(argument !== undefined && { argument }),
        ...(where !== undefined && { where }),
      }),
    )
  }

  /** Never rejects: whatever happens, there is something to show. */
  async run(account: Account, command: Parameters<Host["run"]>[0]): Promise<Body> {
    const { lang = "en", message } = command
    const from = named(command.from)
    // Nothing is shown to whom an administrator has shut out.
    if (this.parts.isShutOut?.(from.id) === true) {
      this.parts.log.info({ from: from.id }, "a command of somebody who is shut out is passed over")
      return { text: "" }
    }
    const wait = this.#wait(from.id)
    if (wait > 0)
      return { text: inLanguage(words("Too many commands. Try again in {seconds} seconds.", { seconds: Math.ceil(wait / 1000) }), lang) }
    const name = command.name.toLowerCase()
    const known = this.#commands.get(name)
    if (!known)
      return { text: `${inLanguage(words("There is no command «{name}».", { name: name.slice(0, 50) }), lang)}\n${this.#help(lang)}` }
    const call: ForeignCall = {
      account,
      from,
      chat: command.chat,
      argument: command.argument.trim(),
      ...(message && { message }),
      lang,
    }
    try {
      const answer = await known.run(call)
      return typeof answer === "object" && !("fill" in answer) ? answer : { text: inLanguage(answer, lang) }
    } catch (error) {
      if (error instanceof Refusal) {
        const { condition, said, text } = error.error
        this.parts.log.info({ command: name, from: from.id, condition, reason: text }, "a foreign person's command was refused")
        return { text: inLanguage(said ?? text, lang) }
      }
      this.parts.log.error({ err: error, command: name, network: this.parts.network }, "a foreign person's command failed: this is a bug")
      return { text: inLanguage(words("Something went wrong inside the gateway. It has been logged; please try again later."), lang) }
    }
  }

  #help(lang: string): string {
    const lines = this.menu(lang).map(({ name, text, argument }) => `${name}${argument === undefined ? "" : ` ${argument}`}: ${text}`)
    return [inLanguage(words("This account belongs to a gateway to XMPP. Commands:"), lang), ...lines].join("\n")
  }

  /** For how many ms this person must wait; 0: not at all, and it counts. */
  #wait(person: string): number {
    const now = (this.parts.now ?? Date.now)()
    const known = this.#said.get(person)
    if (!known || now - known.since >= perPerson.ms || now < known.since) {
      this.#said.set(person, { since: now, count: 1 })
      return 0
    }
    if (known.count >= perPerson.commands) return perPerson.ms - (now - known.since)
    known.count += 1
    return 0
  }
}

/** Names get into sentences of ours. */
function named({ name, username, ...rest }: Contact): Contact {
  const [shown, called] = [inline(name ?? ""), inline(username ?? "")]
  return { ...rest, ...(shown !== "" && { name: shown }), ...(called !== "" && { username: called }) }
}
