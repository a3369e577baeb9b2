// The socket under a stream: TCP, or TLS from the first byte with the certificate verified (XEP-0114 has no STARTTLS).
import { connect, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { ServerAddress } from "../config/address.js"

export interface TlsOptions {
  /** PEM, trusted instead of the system's CAs. */
  ca?: string | Buffer
  /** The name the certificate must be for. Default: the host. */
  servername?: string
}

/** `ready` is called when bytes may be written: with TLS, after verification. */
export function openSocket(address: ServerAddress, tls: TlsOptions | undefined, ready: () => void): Socket {
  const { host, port } = address
  const socket = address.secure
    ? connectTls({ host, port, minVersion: "TLSv1.2", ...named(host, tls) }, ready)
    : connect({ host, port }, ready)
  // The library takes its own listener away at the end of a stream; a late error must not end the process.
  socket.on("error", () => undefined)
  return socket
}

function named(host: string, tls: TlsOptions | undefined): { ca?: string | Buffer; servername?: string } {
  // SNI takes no addresses (RFC 6066 §3); verification then goes by the host as it is.
  const servername = tls?.servername ?? (isIP(host) === 0 ? host : undefined)
  return { ...(tls?.ca === undefined ? {} : { ca: tls.ca }), ...(servername === undefined ? {} : { servername }) }
}

/** Whether bytes to this host stay on this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host)
}
