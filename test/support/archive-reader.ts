// Reads a room's archive as a client does (XEP-0313), and checks what every answer has in common.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import type { Element } from "@xmpp/xml"
import type { ComponentServer } from "./component-server.js"

export const nsMam = "urn:xmpp:mam:2"
export const nsRsm = "http://jabber.org/protocol/rsm"

export interface Asked {
  /** Of the form, several values for «ids». */
  fields?: Readonly<Record<string, string | readonly string[]>>
  /** Children of `<set/>`, as XML. */
  set?: string
  flip?: boolean
}

export interface Result {
  uid: string
  /** The forwarded message. */
  message: Element
  stamp: string
  text: string | null
}

export interface Answer {
  results: Result[]
  texts: (string | null)[]
  complete: boolean
  first: string | undefined
  index: number | undefined
  last: string | undefined
  count: number | undefined
}

export class ArchiveReader {
  constructor(
    private readonly server: ComponentServer,
    private readonly from: string,
    private readonly room: string,
  ) {}

  async page(asked: Asked = {}): Promise<Answer> {
    const [iq, results] = await this.#ask(asked)
    assert.equal(iq.attrs["type"], "result", iq.toString())
    const fin = iq.getChild("fin", nsMam)
    const set = fin?.getChild("set", nsRsm)
    assert.ok(fin && set, iq.toString())
    const [first, last] = [set.getChild("first"), set.getChildText("last")]
    const count = set.getChildText("count")
    const index = first?.attrs["index"]
    return {
      results,
      texts: results.map(({ text }) => text),
      complete: fin.attrs["complete"] === "true",
      first: first?.getText(),
      last: last ?? undefined,
      index: index === undefined ? undefined : Number(index),
      count: count === null ? undefined : Number(count),
    }
  }

  /** The error's type and condition. */
  async refused(asked: Asked = {}): Promise<[string, string]> {
    const [iq, results] = await this.#ask(asked)
    assert.equal(iq.attrs["type"], "error", iq.toString())
    assert.equal(results.length, 0)
    return errorOf(iq)
  }

  get(payload: string): Promise<Element> {
    return this.server.ask(`<iq type='get' from='${this.from}' to='${this.room}'>${payload}</iq>`)
  }

  async #ask({ fields, set, flip = false }: Asked): Promise<[Element, Result[]]> {
    const { server, from, room } = this
    const queryid = randomUUID()
    const since = server.received.length
    const inner = `${fields ? form(fields) : ""}${set === undefined ? "" : `<set xmlns='${nsRsm}'>${set}</set>`}${flip ? "<flip-page/>" : ""}`
    const iq = await server.ask(
      `<iq type='set' from='${from}' to='${room}'><query xmlns='${nsMam}' queryid='${queryid}'>${inner}</query></iq>`,
    )
    const results: Result[] = []
    for (const el of server.received.slice(since, server.received.indexOf(iq))) {
      const result = el.getChild("result", nsMam)
      if (result?.attrs["queryid"] !== queryid) continue
      assert.equal(el.attrs["from"], room)
      assert.equal(el.attrs["to"], from)
      const forwarded = result.getChild("forwarded", "urn:xmpp:forward:0")
      const message = forwarded?.getChild("message", "jabber:client")
      assert.ok(message, el.toString())
      assert.equal(message.attrs["to"], undefined)
      assert.equal(message.attrs["type"], "groupchat")
      assert.ok(message.attrs["from"] === room || message.attrs["from"]?.startsWith(`${room}/`))
      results.push({
        uid: result.attrs["id"] ?? "",
        message,
        stamp: forwarded?.getChild("delay", "urn:xmpp:delay")?.attrs["stamp"] ?? "",
        text: message.getChildText("body"),
      })
    }
    return [iq, results]
  }
}

export function errorOf(iq: Element): [string, string] {
  const error = iq.getChild("error")
  return [error?.attrs["type"] ?? "", error?.getChildElements()[0]?.getName() ?? ""]
}

function form(fields: NonNullable<Asked["fields"]>): string {
  const all = { FORM_TYPE: nsMam, ...fields }
  const shown = Object.entries(all).map(([name, values]) => {
    const list = typeof values === "string" ? [values] : values
    return `<field var='${name}'>${list.map((value) => `<value>${value}</value>`).join("")}</field>`
  })
  return `<x xmlns='jabber:x:data' type='submit'>${shown.join("")}</x>`
}
