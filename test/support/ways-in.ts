// The stage for other ways in: a real Prosody, the gateway with a shared account to which users prove who they are, and users' real clients.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import { isFrom, TestClient } from "./client.js"
import { GatewayProcess } from "./gateway-process.js"
import { startProsody } from "./prosody.js"
import { escape } from "./seat.js"
import { secret } from "./secrets.js"
import type { XmppServer } from "./server.js"

const nsCommands = "http://jabber.org/protocol/commands"
const nsItems = "http://jabber.org/protocol/disco#items"

export interface WaysInOptions {
  /** Also the adapter's. */
  network: string
  domain: string
  options: Record<string, unknown>
  token: string
  users: readonly string[]
  /** Of the users. */
  admin: string
}

export class WaysIn {
  readonly clients = new Map<string, TestClient>()
  readonly #ends: (() => Promise<unknown>)[] = []
  server!: XmppServer
  gateway!: GatewayProcess

  private constructor(readonly domain: string) {}

  /** Server, gateway, and all users on-line. */
  static async open(options: WaysInOptions): Promise<WaysIn> {
    const it = new WaysIn(options.domain)
    try {
      await it.#open(options)
      return it
    } catch (error) {
      await it.close()
      throw error
    }
  }

  async #open({ network, domain, options, token, users, admin }: WaysInOptions): Promise<void> {
    const componentSecret = secret(`component-secret-of-the-ways-in-of-${network}`)
    const password = (user: string): string => `password of ${user}`
    const server = (this.server = await startProsody({
      components: [{ domain, secret: componentSecret, privileged: true }],
      users: Object.fromEntries(users.map((user) => [user, password(user)])),
    }))
    this.#ends.push(() => server.stop())
    const accounts = { main: { login: { token }, join: "proven" as const } }
    const admins = [`${admin}@${server.domain}`]
    this.gateway = await GatewayProcess.start({
      server,
      networks: { [network]: { domain, secret: componentSecret, options, accounts, admins } },
    })
    this.#ends.push(() => this.gateway.remove())
    for (const user of users) {
      const client = await TestClient.connect({ server, user, password: password(user), carbons: true })
      this.#ends.push(() => client.disconnect())
      this.clients.set(user, client)
    }
    await this.user(users[0] ?? "").reachable(domain)
  }

  user(name: string): TestClient {
    const client = this.clients.get(name)
    assert.ok(client, `there is no ${name}`)
    return client
  }

  /** What the gateway says to this user, come since then or to come. */
  async told(user: string, text: RegExp, since = 0): Promise<string> {
    const client = this.user(user)
    const fits = (el: Element): boolean => el.is("message") && isFrom(el, this.domain) && text.test(el.getChildText("body") ?? "")
    const found = await client.waitFor(fits, { since, timeout: 15_000, what: `${user} to be told ${String(text)}` })
    return found.getChildText("body") ?? ""
  }

  /** Says something to the gateway by plain chat; resolves with the answer, which is to be like this. `lang`: xml:lang. */
  async chat(user: string, line: string, answer: RegExp, lang?: string): Promise<string> {
    const client = this.user(user)
    const since = client.received.length
    const language = lang === undefined ? "" : ` xml:lang='${lang}'`
    await client.send(`<message to='${this.domain}' type='chat' id='${client.id()}'${language}><body>${escape(line)}</body></message>`)
    return this.told(user, answer, since)
  }

  /** Runs an ad-hoc command (XEP-0050), a form a step; resolves with what it says at last. `at`: address of a contact or room. */
  async run(user: string, node: string, ...forms: readonly Record<string, string>[]): Promise<string> {
    return this.runAt(user, this.domain, node, ...forms)
  }

  async runAt(user: string, at: string, node: string, ...forms: readonly Record<string, string>[]): Promise<string> {
    const steps = await Steps.begin(this.user(user), at, node)
    for (const form of forms) await steps.next(form)
    return steps.said
  }

  begin(user: string, node: string, lang?: string): Promise<Steps> {
    return Steps.begin(this.user(user), this.domain, node, lang)
  }

  /** Nodes of the ad-hoc commands that this user is offered. */
  async offered(user: string): Promise<string[]> {
    const answer = await this.user(user).iq("get", this.domain, `<query xmlns='${nsItems}' node='${nsCommands}'/>`)
    return (answer.getChild("query", nsItems)?.getChildren("item") ?? []).map(({ attrs }) => attrs["node"] ?? "")
  }

  /** What the contact says to this user next. */
  async hears(user: string, from: string, text: string | RegExp, since = 0): Promise<Element> {
    const fits = (body: string | null): boolean => body !== null && (typeof text === "string" ? body === text : text.test(body))
    const isIt = (el: Element): boolean =>
      el.is("message") && isFrom(el, from) && el.attrs["type"] !== "error" && fits(el.getChildText("body"))
    return this.user(user).waitFor(isIt, { since, timeout: 15_000, what: `${user} to hear ${String(text)} of ${from}` })
  }

  /** Says something that comes back as an error: its condition and words. */
  async refused(user: string, to: string, text: string): Promise<string> {
    const client = this.user(user)
    const id = await client.say(to, text)
    const isIt = (el: Element): boolean => el.attrs["id"] === id && el.attrs["type"] === "error"
    const error = await client.waitFor(isIt, { timeout: 15_000, what: `an error to «${text}»` })
    return error.getChild("error")?.toString() ?? ""
  }

  /** Nothing went wrong in the gateway that it calls an error. */
  calm(): void {
    const errors = this.gateway.log.filter(({ level }) => level === "error" || level === "fatal")
    assert.deepEqual(errors, [])
  }

  async close(): Promise<void> {
    const failed: unknown[] = []
    for (const end of this.#ends.splice(0).reverse()) await end().catch((error: unknown) => failed.push(error))
    if (failed.length > 0) throw new AggregateError(failed, "while closing")
  }
}

/** One run of an ad-hoc command. */
export class Steps {
  private constructor(
    private readonly client: TestClient,
    private readonly at: string,
    private readonly node: string,
    private command: Element,
  ) {}

  static async begin(client: TestClient, at: string, node: string, lang?: string): Promise<Steps> {
    const language = lang === undefined ? "" : ` xml:lang='${lang}'`
    const payload = `<command xmlns='${nsCommands}' node='${escape(node)}' action='execute'${language}/>`
    return new Steps(client, at, node, commandIn(await client.iq("set", at, payload)))
  }

  get over(): boolean {
    return this.command.attrs["status"] === "completed"
  }

  /** All its words: notes, and what the form says. */
  get said(): string {
    const form = this.command.getChild("x", "jabber:x:data")
    const inForm = [form?.getChildText("title"), ...(form?.getChildren("instructions") ?? []).map((one) => one.text())]
    const fixed = (form?.getChildren("field") ?? [])
      .filter(({ attrs }) => attrs["type"] === "fixed")
      .map((one) => one.getChildText("value"))
    const notes = this.command.getChildren("note").map((one) => one.text())
    return [...notes, ...inForm, ...fixed].filter((line) => typeof line === "string").join("\n")
  }

  /** Sends a form. */
  async next(form: Record<string, string> = {}): Promise<this> {
    const fields = Object.entries(form).map(([name, value]) => `<field var='${name}'><value>${escape(value)}</value></field>`)
    const inner = `<x xmlns='jabber:x:data' type='submit'>${fields.join("")}</x>`
    const session = `node='${escape(this.node)}' sessionid='${escape(this.command.attrs["sessionid"] ?? "")}'`
    this.command = commandIn(
      await this.client.iq("set", this.at, `<command xmlns='${nsCommands}' ${session} action='next'>${inner}</command>`),
    )
    return this
  }
}

function commandIn(answer: Element): Element {
  const command = answer.getChild("command", nsCommands)
  assert.ok(command && answer.attrs["type"] === "result", answer.toString())
  return command
}

/** The code in what the gateway says; no log of anybody may hold it. */
export function codeIn(text: string): string {
  const code = /(?:link |start=|start )([a-z2-7]{10,})/.exec(text)?.[1]
  assert.ok(code !== undefined, `there is no code in: ${text}`)
  return secret(code)
}
