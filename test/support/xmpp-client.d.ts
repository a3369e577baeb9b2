// Types for the parts of @xmpp/client the tests use: it ships none (read from 0.13.1).
/// <reference path="../../src/xmpp/xmpp-js.d.ts" />

declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events"
  import type { Duplex } from "node:stream"
  import type { Element } from "@xmpp/xml"
  export interface Client extends EventEmitter {
    status: string
    timeout: number
    jid: { toString(): string; bare(): { toString(): string }; resource: string } | null
    socket: (Duplex & { setEncoding?(encoding: "utf8"): void }) | null
    reconnect: { delay: number; start(): void; stop(): void }
    streamManagement: { allowResume: boolean; enabled: boolean }
    iqCaller: { request(stanza: Element, timeoutMs?: number): Promise<Element> }
    iqCallee: { get(ns: string, name: string, handler: () => Element | true): void }
    start(): Promise<unknown>
    stop(): Promise<unknown>
    send(el: Element): Promise<void>
    write(xml: string): Promise<void>
    _attachSocket(socket: Duplex): void
  }
  export function client(options: { service: string; domain: string; username: string; password: string; resource?: string }): Client
}
