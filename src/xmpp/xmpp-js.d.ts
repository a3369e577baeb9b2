// Types for the parts of xmpp.js we use: it ships none (read from 0.13.1).
declare module "@xmpp/xml" {
  import type { EventEmitter } from "node:events"
  class Element {
    constructor(name: string, attrs?: Record<string, string | undefined> | string)
    name: string
    parent: Element | null
    children: (Element | string)[]
    attrs: Record<string, string>
    is(name: string, xmlns?: string): boolean
    getName(): string
    getNS(): string | undefined
    getChild(name: string, xmlns?: string): Element | undefined
    getChildren(name: string, xmlns?: string): Element[]
    getChildElements(): Element[]
    getChildText(name: string, xmlns?: string): string | null
    getText(): string
    text(): string
    append(...nodes: unknown[]): void
    toString(): string
  }
  interface Parser extends EventEmitter {
    root: Element | null
    cursor: Element | null
    write(data: string): void
    end(data?: string): void
    onStartElement(name: string, attrs: Record<string, string>): void
    onEndElement(name: string): void
    onText(text: string): void
  }
  interface Xml {
    (name: string, attrs?: Record<string, string | undefined> | null, ...children: unknown[]): Element
    Element: typeof Element
    Parser: new () => Parser
  }
  /** CommonJS whose names Node's lexer does not see: only the default import exists at run time. `const { Parser } = xml`. */
  const xml: Xml
  export default xml
  export type { Element, Parser, Xml }
}

declare module "@xmpp/component-core" {
  import type { EventEmitter } from "node:events"
  import type { Socket } from "node:net"
  import type { Element, Parser } from "@xmpp/xml"
  export class Component extends EventEmitter {
    constructor(options: { service: string; domain: string })
    options: { service: string; domain: string }
    status: string
    timeout: number
    socket: Socket | null
    parser: Parser | null
    root: Element | null
    Socket: new () => Socket
    Parser: new () => Parser
    connect(service: string): Promise<void>
    open(options: { domain: string; timeout?: number }): Promise<Element>
    authenticate(id: string, password: string): Promise<void>
    disconnect(timeout?: number): Promise<void>
    close(timeout?: number): Promise<Element>
    stop(): Promise<unknown>
    write(text: string): Promise<void>
    send(el: Element): Promise<void>
    isStanza(el: Element): boolean
    header(el: Element): string
    headerElement(): Element
    footer(el?: Element): string
    socketParameters(service: string): { port: number; host: string } | undefined
    _status(status: string, ...args: unknown[]): void
    _reset(): void
    _onData(data: Buffer): void
    _onParserError(error: Error): void
    _onElement(el: Element): void
    _onStreamError(el: Element): unknown
    _attachSocket(socket: Socket): void
    _attachParser(parser: Parser): void
    _end(): Promise<Element | undefined>
  }
}
