// Why a connection ended, and the one sentence about it that an admin needs.
import { DEFAULT_PORT, type ServerAddress } from "../config/address.js"
import type { StreamFault } from "./parser.js"

export type Outage =
  /** The server's stream error (RFC 6120 §4.9.3). */
  | { kind: "stream-error"; condition: string; text: string }
  /** TCP, DNS or TLS. */
  | { kind: "socket"; error: NodeJS.ErrnoException }
  /** The server could not be understood. */
  | { kind: "unreadable"; fault: StreamFault }
  | { kind: "closed" }
  | { kind: "handshake-timeout"; ms: number }
  | { kind: "restart"; reason: string }

export interface Place {
  domain: string
  address: ServerAddress
}

export interface Explained {
  /** Equal for equal causes. */
  key: string
  text: string
  /** Only a person or another process can mend it. */
  slow: boolean
}

const SLOW = new Set(["conflict", "not-authorized", "host-unknown", "see-other-host"])

const CONDITIONS: Readonly<Record<string, (place: Place, at: string) => string>> = {
  "not-authorized": ({ domain }, at) =>
    `The server at ${at} refuses the secret of ${domain}: compare it with component_secret of Component "${domain}" in Prosody, ` +
    `or with the password under hosts of ejabberd_service in ejabberd, where this can also mean that ${domain} is not listed at all.`,
  "host-unknown": ({ domain }, at) =>
    `The server at ${at} knows no component ${domain}: add Component "${domain}" with a component_secret to Prosody's configuration, ` +
    `or ${domain} under hosts of ejabberd_service in ejabberd's, and reload the server.`,
  conflict: ({ domain }, at) =>
    `Another connection serves ${domain} at ${at}: stop the other process; if there is none it is a dead connection of ours, ` +
    `which component_conflict_resolve = "kick_old" makes Prosody replace at once.`,
  "system-shutdown": (_, at) => `The server at ${at} is shutting down.`,
  reset: (_, at) => `The server at ${at} wants a new stream.`,
  "see-other-host": (_, at) =>
    `The server at ${at} sends us to another host, which is not followed: set the address it means in the configuration.`,
}

const ERRORS: Readonly<Record<string, (place: Place, at: string) => string>> = {
  ECONNREFUSED: (_, at) => `Nothing listens at ${at}: is the server running, and is this its port for components?`,
  ENOTFOUND: ({ address }) => `There is no host named ${address.host}: correct the server's address in the configuration.`,
  EAI_AGAIN: ({ address }) => `The name ${address.host} cannot be resolved at the moment: check this machine's DNS.`,
  ETIMEDOUT: (_, at) => `${at} does not answer: check address and firewall.`,
  EHOSTUNREACH: (_, at) => `There is no route to ${at}: check address and network.`,
  ENETUNREACH: (_, at) => `There is no route to ${at}: check address and network.`,
  ECONNRESET: (_, at) => `The server at ${at} broke the connection.`,
  EPIPE: (_, at) => `The server at ${at} broke the connection.`,
  EPROTO: (_, at) => `${at} does not speak TLS: use xmpp:// instead of xmpps://, or set TLS up on that port of the server.`,
  ERR_SSL_WRONG_VERSION_NUMBER: (_, at) =>
    `${at} does not speak TLS: use xmpp:// instead of xmpps://, or set TLS up on that port of the server.`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ address }, at) =>
    `The certificate of ${at} is for another name than ${address.host}: use the name it is for, or set tls.servername to it.`,
  CERT_HAS_EXPIRED: (_, at) => `The certificate of ${at} has expired: renew it.`,
}

const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?))$/

/** `host:port`, brackets around IPv6. */
export function hostPort(address: ServerAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host
  return `${host}:${address.port || DEFAULT_PORT}`
}

export function explain(outage: Outage, place: Place): Explained {
  const at = hostPort(place.address)
  const again = "Trying again by itself."
  switch (outage.kind) {
    case "stream-error": {
      const said = outage.text === "" ? "" : ` It said: «${outage.text.slice(0, 300)}».`
      const known = CONDITIONS[outage.condition]?.(place, at) ?? `The server at ${at} ended the stream with «${outage.condition}».`
      return { key: outage.condition, text: `${known}${said} ${again}`, slow: SLOW.has(outage.condition) }
    }
    case "socket": {
      const code = outage.error.code ?? outage.error.name
      const untrusted = `The certificate of ${at} is not signed by anybody trusted: give its CA (or itself) as tls.ca.`
      const known = UNTRUSTED.test(code) ? untrusted : ERRORS[code]?.(place, at)
      return { key: code, text: `${known ?? `The connection to ${at} failed: ${outage.error.message}.`} ${again}`, slow: false }
    }
    case "unreadable":
      return {
        key: outage.fault.condition,
        text: `The server at ${at} sent what cannot be read (${outage.fault.message}). ${again}`,
        slow: false,
      }
    case "closed":
      return { key: "closed", text: `The server at ${at} closed the connection. ${again}`, slow: false }
    case "handshake-timeout":
      return {
        key: "handshake-timeout",
        text: `${at} takes connections but did not complete the handshake within ${outage.ms / 1000} s: is this the port for components? ${again}`,
        slow: false,
      }
    case "restart":
      return { key: "restart", text: `The link to ${at} is restarted: ${outage.reason}. ${again}`, slow: false }
  }
}
