// Pure: what a message holds besides text and files, as text that every client shows.
import type { Extra } from "../adapter/contract.js"
import type { Page } from "./content.js"
import { short } from "./short.js"

type Of<T extends Extra["type"]> = Extract<Extra, { type: T }>

/** Of any one name, label or title; UTF-16 units. */
const longest = 500
/** More options than any network's poll or keyboard has. */
const mostOptions = 100

/** Lines before the text, and behind it. `text`: what is said there already is not said again. */
export function linesOf(extras: readonly Extra[] = [], text = ""): { before: string[]; after: string[] } {
  const before: string[] = []
  const after: string[] = []
  for (const extra of extras) {
    if (extra.type === "forward") before.push(forward(extra))
    else if (extra.type === "location") after.push(...location(extra))
    else if (extra.type === "contact") after.push(contact(extra))
    else if (extra.type === "choice") after.push(...choice(extra))
    else after.push(...preview(extra, text))
  }
  return { before, after }
}

function forward({ name, at }: Of<"forward">): string {
  return `↪ forwarded from ${line(name)}${at === undefined ? "" : ` (${timeOf(at)})`}`
}

/** The address stands alone on its line: so clients make a map of it. */
function location({ lat, lon, label, until }: Of<"location">): string[] {
  const words = [line(label ?? ""), until === undefined ? "" : `live until ${timeOf(until)}`].filter((word) => word !== "")
  return [...(words.length > 0 ? [words.join(", ")] : []), geoUri(lat, lon)]
}

/** RFC 5870; six places are a tenth of a metre. */
export function geoUri(lat: number, lon: number): string {
  return `geo:${degrees(lat)},${degrees(lon)}`
}

function degrees(value: number): string {
  return String(Number(value.toFixed(6)))
}

const geo = /^geo:(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)(?:,-?[\d.]{1,20})?(?:[;?][^\s]{0,500})?$/i

/** A text that is nothing but the address of a place (RFC 5870 §3.3). Undefined: it is another. */
export function placeIn(text: string): Of<"location"> | undefined {
  const [, north, east] = geo.exec(text.trim()) ?? []
  return north === undefined || east === undefined ? undefined : placeAt(Number(north), Number(east))
}

/** Undefined: nowhere on Earth. */
export function placeAt(lat: number, lon: number, label?: string): Of<"location"> | undefined {
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return undefined
  return { type: "location", lat, lon, ...(label !== undefined && label.trim() !== "" && { label: line(label) }) }
}

function contact({ name, phone }: Of<"contact">): string {
  return `Contact: ${[line(name), line(phone ?? "")].filter((word) => word !== "").join(", ")}`
}

/** Options have the numbers by which they are chosen. */
function choice({ as, options, multiple, closed }: Of<"choice">): string[] {
  const votes = options.reduce((sum, option) => sum + (option.votes ?? 0), 0)
  const isTold = options.some((option) => option.votes !== undefined)
  const shown = options.slice(0, mostOptions).map(({ text, url, votes: own }, i) => {
    const address = url === undefined ? "" : `: ${line(url)}`
    return `${i + 1}. ${line(text)}${address}${own === undefined || own === 0 ? "" : ` — ${count(own)} (${Math.round((own / votes) * 100)} %)`}`
  })
  if (as === "buttons") return closed ? [...shown, "(no longer to be chosen)"] : shown
  const facts = [isTold ? count(votes) : "", multiple ? "several can be chosen" : ""].filter((fact) => fact !== "").join(", ")
  return [...shown, `Poll${closed ? ", closed" : ""}${facts === "" ? "" : `: ${facts}`}`]
}

function count(votes: number): string {
  return votes === 1 ? "1 vote" : `${votes} votes`
}

/** Of a page whose address stands in the text nothing is said: whoever knows XEP-0511 shows it, and all others their own. */
function preview({ url, title, text }: Of<"preview">, said: string): string[] {
  if (url !== "" && said.includes(url)) return []
  const words = [line(title ?? ""), line(text ?? "")].filter((word) => word !== "").join(": ")
  return [words, line(url)].filter((one) => one !== "")
}

/** Of the web, and something is told of it beyond its address: else clients have nothing to show. */
export function isTelling({ url, title, text }: Page): boolean {
  return /^https?:/i.test(url) && (title !== undefined || text !== undefined)
}

/** More would be no preview any more; UTF-16 units. */
const longestUrl = 2000
const longestTitle = 500
const longestText = 1000

/** Pages that are told of by themselves, each once. */
export function pagesIn(extras: readonly Extra[] = []): Page[] {
  const pages = extras.flatMap((extra): Page[] => {
    if (extra.type !== "preview" || !isTelling(extra) || extra.url.length > longestUrl) return []
    const { url, title, text } = extra
    return [
      {
        url,
        ...(title !== undefined && { title: short(title, longestTitle) }),
        ...(text !== undefined && { text: short(text, longestText) }),
      },
    ]
  })
  return [...new Map(pages.map((page) => [page.url, page])).values()]
}

function line(text: string): string {
  return short(text.replace(/\s+/g, " ").trim(), longest)
}

/** Stored, a date is text. */
export function dateOf(date: Date | string | number): Date | undefined {
  const time = new Date(date)
  return Number.isNaN(time.getTime()) ? undefined : time
}

function timeOf(date: Date): string {
  return `${dateOf(date)?.toISOString().slice(0, 16).replace("T", " ") ?? "?"} UTC`
}
