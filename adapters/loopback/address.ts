// Where a network listens: `HOST:PORT`, `PORT` or the path of a Unix socket, on this machine only.
import { isIPv4, type AddressInfo, type ListenOptions, type Server, type TcpNetConnectOpts, type IpcNetConnectOpts } from "node:net"

export type Address = { path: string } | { host: string; port: number }

/** The protocol has neither encryption nor passwords worth the name. */
function isLoopback(host: string): boolean {
  return host === "::1" || (isIPv4(host) && host.startsWith("127."))
}

/** Throws an `Error` with a sentence where the text is no address, or one that others could reach. */
export function parseAddress(text: string): Address {
  if (/^\d+$/.test(text)) return parseAddress(`127.0.0.1:${text}`)
  if (text.includes("/")) return { path: text }
  const [, bracketed, plain, digits] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? []
  const named = bracketed ?? plain
  const port = Number(digits)
  if (named === undefined || port > 65535) throw new Error(`«${text}» is no address: write HOST:PORT, PORT or the path of a socket.`)
  const host = named === "localhost" ? "127.0.0.1" : named
  if (!isLoopback(host))
    throw new Error(`The loopback network stays on this machine: «${named}» is not a loopback address (127.0.0.1, ::1).`)
  return { host, port }
}

export function formatAddress(address: Address): string {
  if ("path" in address) return address.path
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** What a listening server is reached by. */
export function boundAddress(server: Server): string {
  const bound = server.address() as AddressInfo | string
  return typeof bound === "string" ? bound : formatAddress({ host: bound.address, port: bound.port })
}

export const toNet = (address: Address): ListenOptions & (TcpNetConnectOpts | IpcNetConnectOpts) => address
