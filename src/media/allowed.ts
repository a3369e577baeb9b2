// Which addresses a file may be fetched from: public ones, and what the admin names.
import ipaddr from "ipaddr.js"
import { isIP } from "node:net"

type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * The address that is reached in the end: IPv4 in its coats (mapped, 6to4, NAT64) is judged as what it carries.
 * Undefined: nothing public is behind such an address, whatever it carries.
 */
function bare(address: Address): Address | undefined {
  if (address.kind() === "ipv4") return address
  const six = address as ipaddr.IPv6
  const bytes = six.toByteArray()
  const carried = (at: number): Address => ipaddr.fromByteArray(bytes.slice(at, at + 4))
  switch (six.range()) {
    case "ipv4Mapped":
      return six.toIPv4Address()
    case "rfc6052":
      return carried(12)
    case "6to4":
      return carried(2)
    case "unicast":
      // RFC 4291 §2.4: what IANA gives out (2000::/3). All else was either moved away from or is of this site.
      return ((bytes[0] ?? 0) & 0xe0) === 0x20 ? six : undefined
    default:
      return undefined
  }
}

/** False also for what is no address. */
export function isPublic(text: string): boolean {
  // A zone names an interface of this machine.
  if (isIP(text) === 0 || text.includes("%")) return false
  const address = bare(ipaddr.parse(text))
  return address !== undefined && address.range() === "unicast"
}

interface Exception {
  host?: string
  port?: number
  network?: [Address, number]
}

/** One entry of `files.allowPrivate` in the form in which it is compared; undefined: it is none. */
export function parseAllowed(text: string): string | undefined {
  return read(text) && text.trim().toLowerCase()
}

function read(entry: string): Exception | undefined {
  const text = entry.trim().toLowerCase()
  if (ipaddr.isValidCIDR(text)) return { network: ipaddr.parseCIDR(text) }
  if (isIP(text) !== 0) return { host: text }
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  const name = host?.replace(/^\[|\]$/g, "")
  if (name === undefined || Number(port ?? 1) > 65_535) return undefined
  if (isIP(name) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) return undefined
  return { host: name, ...(port !== undefined && { port: Number(port) }) }
}

export class Allowed {
  readonly #exceptions: readonly Exception[]

  constructor(entries: readonly string[]) {
    this.#exceptions = entries.map(read).filter((one) => one !== undefined)
  }

  /** Whether the admin named this host itself. */
  names(host: string): boolean {
    return this.#exceptions.some((one) => one.host === host.toLowerCase().replace(/\.$/, ""))
  }

  /** `host`: as the address names it, without brackets; `address`: what it stands for. */
  permits(host: string, port: number, address: string): boolean {
    return isPublic(address) || this.#exceptions.some((one) => matches(one, host, port, address))
  }
}

function matches({ host, port, network }: Exception, name: string, at: number, address: string): boolean {
  if (network) {
    if (isIP(address) === 0 || address.includes("%")) return false
    const parsed = ipaddr.process(address)
    return parsed.kind() === network[0].kind() && parsed.match(network)
  }
  return (host === name.toLowerCase().replace(/\.$/, "") || host === address) && (port === undefined || port === at)
}
