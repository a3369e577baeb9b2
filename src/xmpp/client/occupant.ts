// One of us in one room (XEP-0045 §7): gets in by the best nick that is free, knows its role, and hears when it is put out.
import type { Element } from "@xmpp/xml"
import { AdapterError } from "../../adapter/errors.js"
import { candidates } from "../../core/rooms/nick.js"
import { StanzaError } from "../iq.js"
import { bareOf, resourceOf } from "../jid.js"
import { nsMuc, nsUser } from "../muc/items.js"
import { write as nickEl } from "../payload/nick.js"
import { el, presence, textEl, type Xml } from "../stanza.js"
import { refusedJoin } from "./errors.js"
import type { StanzaPort } from "./port.js"

/** A join may take so long, in ms. */
const joinMs = 30_000
/** Nicks that are tried. */
const mostNicks = 8

export interface Exit {
  why: "banned" | "kicked" | "removed" | "shutdown" | "failed" | "destroyed" | "left"
  by?: string
  reason?: string
}

export interface Look {
  /** As people call them; the nick is made of it. */
  name: string
  /** SHA-1 of the picture in hex (XEP-0153); «»: none; undefined: nothing is said of it. */
  picture?: string | undefined
}

export class Occupant {
  /** As the room calls us, while we are in. */
  nick = ""
  isIn = false
  role = "none"
  affiliation = "none"
  /** When it last spoke or came in, epoch ms. */
  spokeAt = Date.now()
  #look: Look
  /** What the room was told last. */
  #shown: Look | undefined
  #joining: { promise: Promise<void>; nicks: Iterator<string>; tried: number; done: () => void; fail: (error: unknown) => void } | undefined
  #request: Xml | undefined

  constructor(
    readonly jid: string,
    readonly room: string,
    private readonly port: Pick<StanzaPort, "send">,
    look: Look,
    private readonly events: { out(exit: Exit): void; created?(): void; changed?(): void },
  ) {
    this.#look = look
  }

  /** The nick asked for now, or had. */
  get wanted(): string {
    return this.nick
  }

  /** In it, or on the way. */
  get isNear(): boolean {
    return this.isIn || this.#joining !== undefined
  }

  /** `inner`: what stands in the request (history, password). Rejects with `AdapterError`. */
  join(inner: Xml | undefined, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new AdapterError("retry", "The gateway leaves the room."))
    if (this.isIn) return Promise.resolve()
    if (this.#joining) return this.#joining.promise
    let done = (): void => undefined
    let fail = (_: unknown): void => undefined
    const promise = new Promise<void>((resolve, reject) => ([done, fail] = [resolve, reject]))
    const settled = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", stop)
      this.#joining = undefined
    }
    const late = new AdapterError("retry", `${this.room} does not answer.`)
    const timer = setTimeout(() => this.#joining?.fail(late), joinMs)
    const stop = (): void => this.#joining?.fail(new AdapterError("retry", "The gateway leaves the room."))
    signal.addEventListener("abort", stop, { once: true })
    this.#request = el("x", { xmlns: nsMuc }, inner)
    this.#joining = {
      promise: promise.finally(settled),
      nicks: candidates(this.#look.name, null, this.jid),
      tried: 0,
      done,
      fail: (error) => fail(refusedJoin(error, this.room)),
    }
    this.#joining.promise.catch(() => undefined)
    this.#next()
    return this.#joining?.promise ?? promise
  }

  #next(): void {
    const joining = this.#joining
    if (!joining) return
    joining.tried += 1
    this.nick = String(joining.nicks.next().value)
    if (!this.port.send(this.#presence(this.#request)))
      joining.fail(new AdapterError("retry", "There is no connection to the XMPP server."))
  }

  #presence(x?: Xml): Xml {
    const { picture, name } = (this.#shown = this.#look)
    return presence(
      { from: this.jid, to: `${this.room}/${this.nick}` },
      x,
      nickEl(name),
      picture !== undefined && el("x", { xmlns: "vcard-temp:x:update" }, textEl("photo", picture)),
    )
  }

  /** Another name or picture: told at once if we are in. A name that is taken leaves the nick as it is. */
  looks(look: Look): void {
    const before = this.#look
    if (before.name !== look.name || (look.picture !== undefined && before.picture !== look.picture))
      this.#look = { name: look.name, picture: look.picture ?? before.picture }
    if (this.isIn) this.#show()
  }

  /** What is new of how we look. */
  #show(): void {
    const [before, look] = [this.#shown, this.#look]
    if (!before || before === look) return
    const nick = this.nick
    if (before.name !== look.name) this.nick = candidates(look.name, null, this.jid).next().value
    this.port.send(this.#presence())
    // Until the room says so (303) we have the old one.
    this.nick = nick
  }

  leave(status: string): void {
    if (this.nick === "") return
    this.port.send(presence({ from: this.jid, to: `${this.room}/${this.nick}`, type: "unavailable" }, textEl("status", status)))
    this.isIn = false
    this.#joining?.fail(new AdapterError("retry", "The gateway leaves the room."))
  }

  /** The room forgot us without a word. */
  lost(): void {
    this.isIn = false
  }

  /** A presence that the room sent to this occupant. False: it is about somebody else. */
  heard(stanza: Element): boolean {
    const { from = "", type } = stanza.attrs
    const nick = resourceOf(from)
    if (bareOf(from) !== this.room) return false
    if (type === "error") return this.#refused(stanza)
    const x = stanza.getChild("x", nsUser)
    const codes = new Set(x?.getChildren("status").map(({ attrs }) => attrs["code"]))
    if (!codes.has("110") && nick !== this.nick) return false
    const item = x?.getChild("item")
    if (type === "unavailable") {
      const renamed = item?.attrs["nick"]
      if (codes.has("303") && renamed) this.nick = renamed
      else this.#out(x, codes)
      return true
    }
    if (type !== undefined) return false
    this.nick = nick
    const before = `${this.role} ${this.affiliation}`
    this.role = item?.attrs["role"] ?? "participant"
    this.affiliation = item?.attrs["affiliation"] ?? "none"
    const came = !this.isIn
    this.isIn = true
    if (codes.has("201")) this.events.created?.()
    this.#joining?.done()
    // A face may have come while we did.
    if (came) this.#show()
    if (!came && before !== `${this.role} ${this.affiliation}`) this.events.changed?.()
    return true
  }

  #refused(stanza: Element): boolean {
    const error = StanzaError.of(stanza)
    if (!this.#joining) {
      // Another nick or picture was refused: we are still there, unless the room says that we are not.
      if (this.isIn && ["gone", "item-not-found", "recipient-unavailable", "remote-server-not-found"].includes(error.condition))
        this.#gone({ why: "failed", reason: error.text })
      return true
    }
    const isTaken = error.condition === "conflict" && this.#joining.tried < mostNicks
    if (isTaken) this.#next()
    else this.#joining.fail(error)
    return true
  }

  #out(x: Element | undefined, codes: ReadonlySet<string | undefined>): void {
    const item = x?.getChild("item")
    const actor = item?.getChild("actor")?.attrs
    const by = actor?.["nick"] ?? actor?.["jid"]
    const destroyed = x?.getChild("destroy")
    const reason = destroyed?.getChildText("reason") ?? item?.getChildText("reason") ?? ""
    const why: Exit["why"] = destroyed
      ? "destroyed"
      : codes.has("301")
        ? "banned"
        : codes.has("332")
          ? "shutdown"
          : codes.has("333")
            ? "failed"
            : codes.has("307")
              ? "kicked"
              : codes.has("321") || codes.has("322")
                ? "removed"
                : "left"
    this.#gone({ why, ...(by !== undefined && { by }), ...(reason !== "" && { reason }) })
  }

  #gone(exit: Exit): void {
    const was = this.isIn
    this.isIn = false
    this.role = "none"
    this.#joining?.fail(new AdapterError("retry", `${this.room} put this occupant out.`))
    if (was) this.events.out(exit)
  }
}
