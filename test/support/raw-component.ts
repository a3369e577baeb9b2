// A bare XEP-0114 component on @xmpp/component-core, for tests of the servers themselves and as a stranger beside the gateway.
/// <reference path="../../src/xmpp/xmpp-js.d.ts" />
import type { Socket } from "node:net"
import { Component } from "@xmpp/component-core"
import type { Element } from "@xmpp/xml"
import { within } from "./deadline.js"
import type { XmppServer } from "./server.js"
import { predicate, type Pattern } from "./xml-match.js"

export class RawComponent {
  /** Every stanza received, in order. */
  readonly received: Element[] = []
  readonly errors: Error[] = []
  readonly #component: Component
  readonly #waiting = new Set<() => void>()

  private constructor(component: Component) {
    this.#component = component
    component.timeout = 10_000
    const attach = component._attachSocket.bind(component)
    component._attachSocket = (socket: Socket) => {
      socket.setEncoding("utf8") // the library would decode each read by itself
      attach(socket)
    }
    component.on("error", (error: Error) => this.errors.push(error))
    component.on("stanza", (el: Element) => {
      this.received.push(el)
      for (const wake of [...this.#waiting]) wake()
    })
  }

  /** Rejects when the server refuses the domain or the secret. */
  static async connect(server: Pick<XmppServer, "componentPort">, domain: string, secret: string): Promise<RawComponent> {
    const service = `xmpp://127.0.0.1:${server.componentPort}`
    const component = new Component({ service, domain })
    const it = new RawComponent(component)
    await component.connect(service)
    const header = await component.open({ domain })
    await component.authenticate(header.attrs["id"] ?? "", secret)
    return it
  }

  async send(stanza: string): Promise<void> {
    await this.#component.write(stanza)
  }

  /** The first stanza that matches, come or to come. */
  async waitFor(pattern: Pattern, timeout = 10_000): Promise<Element> {
    const matches = predicate(pattern)
    let wake = (): void => undefined
    const found = new Promise<Element>((resolve) => {
      wake = () => {
        const el = this.received.find(matches)
        if (el) resolve(el)
      }
      this.#waiting.add(wake)
      wake()
    })
    return within(found, timeout, `the component to receive ${String(pattern)}`).finally(() => this.#waiting.delete(wake))
  }

  async disconnect(): Promise<void> {
    await this.#component.stop()
  }

  /** Cuts the TCP connection. */
  cut(): void {
    this.#component.socket?.destroy()
  }
}
