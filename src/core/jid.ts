// JIDs as people type them, normalised as servers do it (RFC 7622), so that they can be compared.
import { domainToASCII, domainToUnicode } from "node:url"

/**
 * The domainpart of a JID (RFC 7622 §3.2), as servers normalise it: lower case, U-labels. Undefined: not a domain.
 * Only DNS names are taken, for a component is a host name in every server's configuration.
 */
export function parseDomain(text: string): string | undefined {
  const ascii = domainToASCII(text)
  const labels = ascii.split(".")
  if (ascii === "" || ascii.length > 253 || /^[\d.]+$/.test(ascii)) return undefined
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) return undefined
  return domainToUnicode(ascii)
}

/** A bare JID, `local@domain`, lower-cased. Undefined: not one. */
export function parseBareJid(text: string): string | undefined {
  const [, local = "", host = ""] = /^([^@/]+)@([^@/]+)$/.exec(text) ?? []
  const domain = parseDomain(host)
  if (domain === undefined || local === "" || Buffer.byteLength(local) > 1023 || /[\s"&'/:<>@]/.test(local)) return undefined
  return `${local.toLowerCase()}@${domain}`
}
