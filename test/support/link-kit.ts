// A link under test, and everything it told.
import { once } from "node:events"
import type { Log } from "#src/core/log.js"
import { createLink, type LinkOptions } from "#src/xmpp/link.js"
import type { Element, Link } from "#src/xmpp/types.js"
import type { ComponentServer } from "./component-server.js"
import { within } from "./deadline.js"
import { EventEmitter } from "node:events"

export interface Line {
  level: "debug" | "info" | "warn" | "error"
  text: string
  fields: Record<string, unknown>
}

export class LogBook implements Log {
  readonly lines: Line[] = []
  private add(level: Line["level"], fields: object, text: string): void {
    this.lines.push({ level, text, fields: { ...fields } })
  }
  debug = (fields: object, text: string): void => this.add("debug", fields, text)
  info = (fields: object, text: string): void => this.add("info", fields, text)
  warn = (fields: object, text: string): void => this.add("warn", fields, text)
  error = (fields: object, text: string): void => this.add("error", fields, text)
  texts(...levels: Line["level"][]): string[] {
    return this.lines.filter((line) => levels.includes(line.level)).map((line) => line.text)
  }
}

export class LinkUnderTest {
  readonly link: Link
  readonly log = new LogBook()
  readonly stanzas: Element[] = []
  /** `online`, or `offline: <text>`, as the events came. */
  readonly states: string[] = []
  /** Called with each stanza, may throw. */
  onStanza: (el: Element) => void = () => undefined
  private readonly news = new EventEmitter()

  constructor(server: Pick<ComponentServer, "service">, options: Partial<LinkOptions> = {}) {
    this.link = createLink({
      service: server.service,
      domain: "tg.example.test",
      secret: "s1",
      log: this.log,
      random: () => 0,
      events: {
        online: () => this.told("online"),
        offline: (text) => this.told(`offline: ${text}`),
        stanza: (el) => {
          this.stanzas.push(el)
          this.news.emit("news")
          return this.onStanza(el)
        },
      },
      ...options,
    })
  }

  private told(state: string): void {
    this.states.push(state)
    this.news.emit("news")
  }

  /** Resolves what `look` gives as soon as it gives something. */
  async until<T>(look: () => T | undefined | false, what: string): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined && found !== false) return found
      await within(
        once(this.news, "news"),
        5000,
        `${what}; states: ${this.states.join(" | ")}; log: ${this.log.texts("warn", "error").join(" | ")}`,
      )
    }
  }

  /** The n-th stanza whose id is this. */
  stanza(id: string): Promise<Element> {
    return this.until(() => this.stanzas.find((el) => el.attrs.id === id), `stanza ${id}`)
  }

  state(pattern: RegExp, count = 1): Promise<string> {
    return this.until(() => this.states.filter((state) => pattern.test(state))[count - 1], String(pattern))
  }
}
