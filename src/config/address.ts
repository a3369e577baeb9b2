// Addresses in a config: the server's URL, domains and JIDs, and who may register.
export { parseBareJid, parseDomain } from "../core/jid.js"

/** Where a server takes components (XEP-0114). */
export interface ServerAddress {
  host: string
  port: number
  /** Direct TLS, `xmpps://`. */
  secure: boolean
}

export const DEFAULT_PORT = 5347

/** `xmpp://host:port` or `xmpps://host:port`. A string: why it is not. */
export function parseServer(text: string): ServerAddress | string {
  const form = "Write xmpp://host:port, or xmpps://host:port for TLS."
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return `This is not a URL. ${form}`
  if (scheme !== "xmpp" && scheme !== "xmpps") return `${scheme}:// is not a way to reach an XMPP server. ${form}`
  // As http: the parser of non-special schemes checks neither host nor port.
  const url = URL.canParse(text.replace(/^[^:]+/, "http")) ? new URL(text.replace(/^[^:]+/, "http")) : undefined
  if (url === undefined || url.hostname === "") return `Host or port is not valid. ${form}`
  if (url.username !== "" || url.password !== "") return `User and password do not belong here; the secret goes into «secret». ${form}`
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") return `Nothing may follow the port. ${form}`
  const port = /:(\d+)\/?$/.exec(text)?.[1]
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port: port === undefined ? DEFAULT_PORT : Number(port), secure: scheme === "xmpps" }
}

/** Where our own HTTP server listens. */
export interface HttpAddress {
  host: string
  /** 0: one that is free. */
  port: number
}

/** `host:port`, IPv6 in brackets. A string: why it is not. */
export function parseListen(text: string): HttpAddress | string {
  const [, host, port] = /^(\[[^\]]+\]|[^:\s/]+):(\d{1,5})$/.exec(text.trim()) ?? []
  if (host === undefined || Number(port) > 65_535) return "This is not an address with a port. Write 127.0.0.1:8088, or [::1]:8088."
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) }
}

/** Without the slash at its end. Undefined: not one. */
export function parsePublicUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isPlain = /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.search === "" && url.hash === ""
  return isPlain ? url.href.replace(/\/+$/, "") : undefined
}

/** The domain above ours, which is nearly always the server's: `example.org` of `sms.example.org`. */
export function parentDomain(domain: string): string {
  return domain.slice(domain.indexOf(".") + 1)
}

/**
 * Whether a user is meant by a list of patterns: `*`, a domain (that very one), or a bare JID.
 * `jid` is bare, as the server normalised it.
 */
export function isAllowed(allow: readonly string[], jid: string): boolean {
  const domain = jid.slice(jid.indexOf("@") + 1)
  return allow.some((pattern) => pattern === "*" || pattern === domain || pattern === jid)
}
