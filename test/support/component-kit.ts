// A whole XMPP side on a scripted server, with a network in memory behind it.
import { once, EventEmitter } from "node:events"
import type { Outgoing } from "#src/core/ports.js"
import type { DirectOp, Link } from "#src/core/model.js"
import { createComponent, type Component } from "#src/xmpp/component.js"
import { startComponentServer, type ComponentServer } from "./component-server.js"
import { within } from "./deadline.js"
import { LogBook } from "./link-kit.js"
import { MemoryService } from "./memory-service.js"

export const domain = "sms.example.test"
export const romeo = "romeo@example.test"
export const orchard = `${romeo}/orchard`

export class Stage {
  readonly log = new LogBook()
  readonly component: Component
  private readonly news = new EventEmitter()

  private constructor(
    readonly server: ComponentServer,
    readonly service: MemoryService,
  ) {
    service.onCall = () => this.news.emit("news")
    this.component = createComponent({
      service,
      server: { host: "127.0.0.1", port: server.port, secure: false },
      domain,
      secret: "s1",
      log: this.log,
      random: () => 0,
    })
  }

  /** Up, with whoever `prepare` registered. */
  static async open(prepare: (service: MemoryService) => void = () => undefined): Promise<Stage> {
    const server = await startComponentServer({ domain, secret: "s1" })
    const service = new MemoryService()
    prepare(service)
    const stage = new Stage(server, service)
    stage.component.start()
    await server.online()
    return stage
  }

  async close(): Promise<void> {
    await this.component.stop()
    await this.server.close()
    const errors = this.log.texts("error")
    if (errors.length > 0) throw new Error(`logged: ${errors.join("; ")}`)
  }

  /** Resolves once the service was called so. */
  async called(call: string | RegExp): Promise<void> {
    const there = (): boolean => this.service.calls.some((one) => (typeof call === "string" ? one === call : call.test(one)))
    while (!there()) await within(once(this.news, "news"), 5000, `«${String(call)}» among ${this.service.calls.join(", ")}`)
  }

  /** Everything sent before has been handled, as far as one round trip tells. */
  async sync(): Promise<void> {
    await this.server.ask(`<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  }

  grant(ns = "urn:xmpp:privilege:2", access = "both"): void {
    this.server.send(
      `<message from='example.test' to='${domain}'><privilege xmlns='${ns}'><perm type='${access}' access='roster'/></privilege></message>`,
    )
  }

  write(link: Link, legacyId: string, op: DirectOp, rowId = `row-${op.id}`): Outgoing {
    const outgoing: Outgoing = { rowId, op, to: link.jid, legacyId, tag: link.tag }
    this.component.face.write(outgoing)
    return outgoing
  }
}
