// The XML parser of one stream: xmpp.js's on ltx, made unable to throw, with limits of our own.
import xml, { type Element } from "@xmpp/xml"

/** All per stanza. Sizes in UTF-16 units as parsed, which is what memory costs. */
export interface Limits {
  depth: number
  /** Attributes of one element. */
  attributes: number
  /** Names, attributes and text together. */
  size: number
  elements: number
  /** One text or tag that does not end. It cannot be skipped piece by piece, so over this the stream ends. */
  token: number
}

export const LIMITS: Limits = { depth: 100, attributes: 100, size: 4 << 20, elements: 50_000, token: 8 << 20 }

/** What the stream must end for. `condition`: of RFC 6120 §4.9.3. */
export class StreamFault extends Error {
  constructor(
    readonly condition: "not-well-formed" | "policy-violation",
    text: string,
  ) {
    super(text)
    this.name = "StreamFault"
  }
}

/**
 * Events: `start` and `end` (the stream element), `element` (a whole stanza), `error` (a `StreamFault`, once; nothing follows), and
 * `refused` (element, reason): a stanza over the limits, thrown away as it came, of which only name and addressing attributes are kept.
 */
export class GuardedParser extends xml.Parser {
  private depth = 0
  private size = 0
  private elements = 0
  /** Read since the tokenizer last told of anything. */
  private waiting = 0
  /** Read, but not yet given to the tokenizer. */
  private held: string[] = []
  private refusal: { top: Element; why: string } | undefined
  private dead = false

  constructor(private readonly limits: Limits = LIMITS) {
    super()
  }

  override write(data: string): void {
    if (this.dead) return
    // Nothing is complete before a «>», and ltx looks through all of an unfinished text again for each character of it: 300 ms of CPU a
    // megabyte, with which one user could stop everybody. So it gets only what ends with «>».
    const end = data.lastIndexOf(">") + 1
    const rest = end === data.length ? "" : data.slice(end)
    if (end > 0) this.feed(this.held.length === 0 ? data.slice(0, end) : this.held.splice(0).join("") + data.slice(0, end))
    if (rest === "" || this.dead) return
    this.held.push(rest)
    this.waiting += rest.length
    this.checkToken()
  }

  private feed(text: string): void {
    this.waiting += text.length
    try {
      super.write(text)
    } catch (error) {
      // ltx throws for illegal entities; what it has buffered is lost, and with it our place in the stream.
      this.fault(new StreamFault("not-well-formed", error instanceof Error ? error.message : String(error)))
    }
    this.checkToken()
  }

  private checkToken(): void {
    if (this.waiting > this.limits.token)
      this.fault(new StreamFault("policy-violation", `a text or tag of more than ${this.limits.token} characters`))
  }

  override onStartElement(name: string, attrs: Record<string, string>): void {
    if (this.dead) return
    this.waiting = 0
    const { root, cursor } = this
    if (root === null) {
      this.root = this.cursor = new xml.Element(name, attrs)
      this.emit("start", this.root)
      return
    }
    if (cursor === null) return
    this.depth += 1
    if (this.refusal) return
    const why = this.count(name, attrs)
    if (why !== undefined) {
      this.refuse(this.depth === 1 ? name : undefined, attrs, why)
      return
    }
    const element = new xml.Element(name, attrs)
    if (cursor !== root) cursor.append(element)
    this.cursor = element
  }

  override onEndElement(name: string): void {
    if (this.dead) return
    this.waiting = 0
    const { root, cursor } = this
    if (this.refusal) {
      this.depth -= 1
      if (this.depth === 0) this.refused()
      return
    }
    if (root === null || cursor === null || cursor.name !== name) {
      this.fault(new StreamFault("not-well-formed", `</${name.slice(0, 100)}> closes nothing`))
      return
    }
    if (cursor === root) {
      this.dead = true
      this.emit("end", root)
      return
    }
    this.depth -= 1
    if (this.depth > 0) {
      this.cursor = cursor.parent
      return
    }
    cursor.parent = root
    this.reset()
    this.emit("element", cursor)
  }

  override onText(text: string): void {
    if (this.dead) return
    this.waiting = 0
    const { root, cursor } = this
    // Blanks between stanzas are keep-alives (RFC 6120 §4.6.1): kept as text of the stream element they would pile up for ever.
    if (cursor === null || cursor === root || this.refusal) return
    this.size += text.length
    if (this.size > this.limits.size) this.refuse(undefined, {}, `more than ${this.limits.size} characters`)
    else cursor.children.push(text)
  }

  /** Adds up; a sentence if it is too much. */
  private count(name: string, attrs: Record<string, string>): string | undefined {
    const { limits } = this
    let attributes = 0
    this.size += name.length
    for (const key in attrs) {
      attributes += 1
      this.size += key.length + (attrs[key] ?? "").length
    }
    this.elements += 1
    if (this.depth > limits.depth) return `elements more than ${limits.depth} deep`
    if (attributes > limits.attributes) return `more than ${limits.attributes} attributes`
    if (this.elements > limits.elements) return `more than ${limits.elements} elements`
    return this.size > limits.size ? `more than ${limits.size} characters` : undefined
  }

  /** From here to its end the stanza is only followed, not kept. */
  private refuse(name: string | undefined, attrs: Record<string, string>, why: string): void {
    let top = this.cursor
    while (name === undefined && top?.parent) top = top.parent
    const from = name === undefined && top ? top.attrs : attrs
    const kept: Record<string, string> = {}
    for (const key of ["from", "to", "id", "type"]) {
      const value = from[key]
      // No JID is longer (RFC 7622 §3.1); an id that is longer is not worth its room.
      if (value !== undefined && value.length <= 3071) kept[key] = value
    }
    this.refusal = { top: new xml.Element(name ?? top?.name ?? "", kept), why }
    this.cursor = this.root
  }

  private refused(): void {
    const { top, why } = this.refusal ?? {}
    this.reset()
    this.emit("refused", top, why)
  }

  private reset(): void {
    this.cursor = this.root
    this.refusal = undefined
    this.depth = this.size = this.elements = 0
  }

  private fault(error: StreamFault): void {
    if (this.dead) return
    this.dead = true
    this.root = this.cursor = null
    this.held = []
    this.emit("error", error)
  }
}
