// From which addresses files may be fetched: Discord's own, or those of the server that the admin chose. Never from what a message names.
import { isOfficial } from "../connection/address.js"
import type { Options } from "../options.js"

type Roots = Pick<Options, "apiRoot" | "cdn">

const officialCdn = "https://cdn.discordapp.com"
/** Hosts of one and the same CDN, which another server stands in for. */
const stoodIn: ReadonlySet<string> = new Set(["cdn.discordapp.com", "media.discordapp.net"])
const own = /(^|\.)(discordapp\.(com|net)|discord\.com|discordcdn\.com)$/
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Without a slash at its end. Servers that speak like Discord usually have it beside their API. */
export function cdnOf({ apiRoot, cdn }: Roots): string {
  return cdn ?? (isOfficial(apiRoot) ? officialCdn : new URL(apiRoot).origin)
}

/** `address`: of a file, or below the CDN. Undefined: it is nobody's whom the admin trusts. */
export function trusted(address: string, roots: Roots): URL | undefined {
  const cdn = cdnOf(roots)
  if (!URL.canParse(address, `${cdn}/`)) return undefined
  const url = new URL(address, `${cdn}/`)
  if (!/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return undefined
  if (stoodIn.has(url.hostname) && !own.test(new URL(cdn).hostname)) return new URL(`${cdn}${url.pathname}${url.search}`)
  const hosts = [new URL(cdn).hostname, ...(isOfficial(roots.apiRoot) ? [] : [new URL(roots.apiRoot).hostname])]
  if (hosts.includes(url.hostname)) return url
  if (loopback.test(url.hostname) && hosts.some((host) => loopback.test(host))) return url
  return own.test(url.hostname) && url.protocol === "https:" ? url : undefined
}

/** Of a sticker's or emoji's path, a face's. */
export function onCdn(path: string, roots: Roots): string {
  const cdn = cdnOf(roots)
  // Reference, CDN Endpoints: stickers that are GIFs are not at the usual place.
  const root = cdn === officialCdn && /^stickers\/.+\.gif$/.test(path) ? "https://media.discordapp.net" : cdn
  // A power of two; faces are shown small.
  return `${root}/${path}${/^(avatars|icons|guilds)\//.test(path) ? "?size=256" : ""}`
}
