// Entity capabilities (XEP-0115): a hash that stands for a disco#info, so that clients ask once for all contacts alike.
import { createHash } from "node:crypto"
import type { Feature } from "../types.js"
import { el, type Xml } from "../stanza.js"

export const nsCaps = "http://jabber.org/protocol/caps"

/** What software this is; with the hash, the node at which the hash's disco#info is asked. */
export const capsNode = "urn:xferry"

export const caps: Feature = {
  xep: { number: 115, version: "1.6.0", name: "Entity Capabilities" },
  disco: { gateway: [nsCaps], contact: [nsCaps] },
}

export interface Identity {
  category: string
  type: string
  lang?: string
  name?: string
}

/** Facts beside it (XEP-0128): of each field its values. */
export interface Form {
  type: string
  fields: Readonly<Record<string, readonly string[]>>
}

/** A disco#info. */
export interface Info {
  identities: readonly Identity[]
  features: readonly string[]
  forms?: readonly Form[]
}

/** XEP-0115 §5.1. */
export function verification({ identities, features, forms = [] }: Info): string {
  const lines = [
    ...identities.map(({ category, type, lang = "", name = "" }) => `${category}/${type}/${lang}/${name}`).sort(octets),
    ...[...features].sort(octets),
    ...[...forms]
      .sort((a, b) => octets(a.type, b.type))
      .flatMap(({ type, fields }) => [
        type,
        ...Object.keys(fields)
          .sort(octets)
          .flatMap((name) => [name, ...[...(fields[name] ?? [])].sort(octets)]),
      ]),
  ]
  return createHash("sha1")
    .update(lines.map((line) => `${line}<`).join(""))
    .digest("base64")
}

/** i;octet (RFC 4790 §9.3). */
function octets(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export function capsEl(ver: string): Xml {
  return el("c", { xmlns: nsCaps, hash: "sha-1", node: capsNode, ver })
}
