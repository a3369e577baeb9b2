// Pure: the name of a foreign person → nicks that every server and client takes. Anything that is not legal goes; something readable stays.
import { graphemes } from "../graphemes.js"
import { createHash } from "node:crypto"
import { isAllowed } from "./repertoire.js"

/** Code points of a nick at most; with 4 bytes each it is far below the 1,023 of a resource (RFC 7622 §3.4). */
const longest = 64
/** Marks upon one letter at most: the heaviest real scripts need four. */
const mostMarks = 4

/** Hebrew, Arabic, Syriac and Thaana: the scripts of Unicode 3.2 that run from right to left, with their marks and digits. */
const rightToLeft = /[\u0590-\u07bf]/u
/** RFC 3454 table D.1, of what is allowed at all: with one of these a string must begin and end. */
const rtlLetter = /[\u05be\u05c0\u05c3\u05d0-\u05ea\u05f0-\u05f2\u061b\u061f\u0621-\u063a\u0641-\u064a\u066d-\u066f\u0671-\u06d5\u06e5\u06e6\u06fa-\u06fe\u0700-\u070d\u0710\u0712-\u072c\u0780-\u07a5\u07b1]/u // prettier-ignore
/** What may stand between them and is neither of table D.1 nor D.2. */
const rtlNeutral = /[ 0-9()_.,'-]/

/** Beside one of these U+30FB may stand (RFC 5892 appendix A.7). */
const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u
const readable = /[\p{L}\p{N}]/u
const mark = /\p{M}/u

/** Small letters, of which these or their capitals look like a Latin letter (Unicode Technical Standard 39, the commonest of its table). */
const twins: ReadonlyMap<string, string> = new Map(
  "аaвbеeѕsіiјjкkмmнhоoрpсcтtуyхxһhԁdԛqԝwѵv αaβbεeζzηhιiκkμmνnοoρpτtυyχx ıi"
    .split(" ")
    .flatMap((script) => script.match(/../gu) ?? [])
    .map(([letter = "", latin = ""]) => [letter, latin]),
)
/** Blanks, and what is not seen at all. */
const unseen = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Folded: two nicks of one room differ by more than capitals, blanks and letters of another script that look the same, or one person could pose as another. */
export function fold(nick: string): string {
  const small = nick.normalize("NFKC").toLowerCase().normalize("NFKC").replace(unseen, "")
  return [...small].map((letter) => twins.get(letter) ?? letter).join("")
}

/**
 * Nicks for a person, endless, the best first; the same person gets the same ones in the same order. Each is legal as a resource under
 * Resourceprep and PRECIS OpaqueString, and both leave it as it is. `id` is used where the name and username say nothing.
 *
 * @example
 * candidates("Alice ✨", "alice_w", "4711") // "Alice", "Alice (alice_w)", "Alice 2", …
 */
export function* candidates(name: string | null, username: string | null, id: string): Generator<string, never> {
  const user = legal(username ?? "")
  const base = legal(name ?? "") || user || `user ${/^[\w.-]{1,24}$/.test(id) ? id : digest(id, 8)}`
  yield base
  if (isLatin(base)) {
    if (user && user !== base && isLatin(user)) yield suffixed(base, ` (${whole(user, longest / 2 - 3)})`)
    for (let n = 2; n < 6; n++) yield suffixed(base, ` ${n}`)
    for (const length of [4, 8, 16]) yield suffixed(base, ` ${digest(id, length)}`)
    for (let n = 6; ; n++) yield suffixed(base, ` ${n}`)
  }
  // Such a nick must end with a letter of its own script: they count by letters too.
  const letters = /[\u0590-\u05ff]/.test(base) ? "אבגדהוזחט" : "ابجدهوزحط"
  for (let n = 2; n < 6; n++) yield suffixed(base, ` ${count(n, letters)}`)
  for (const length of [4, 8, 12]) yield suffixed(base, ` ${count(6 + Number.parseInt(digest(id, length), 16), letters)}`)
  for (let n = 6; ; n++) yield suffixed(base, ` ${count(n, letters)}`)
}

/** The whole text as a nick; «» if nothing readable of it is legal. */
function legal(text: string): string {
  const known = possible(text.slice(0, 20 * longest))
  if (!known) return ""
  return whole(isRightToLeft(known) ? rtl(known) : ltr(known))
}

/** What may stand in a nick at all; white space is one blank. */
function possible(text: string): string {
  const clean = text.normalize("NFKC").replace(/[^\S\ufeff]+/gu, " ")
  return [...clean].filter((char) => isAllowed(char.codePointAt(0) ?? 0)).join("")
}

function isLatin(text: string): boolean {
  return !rightToLeft.test(text)
}

/** RFC 3454 §6 lets no string mix directions: which has more letters, and of equals which comes first. */
function isRightToLeft(text: string): boolean {
  let balance = 0
  let first = 0
  for (const char of text) {
    const side = rtlLetter.test(char) ? 1 : /\p{L}/u.test(char) ? -1 : 0
    balance += side
    first ||= side
  }
  return balance > 0 || (balance === 0 && first > 0)
}

function ltr(text: string): string {
  return [...text].filter((char) => !rightToLeft.test(char)).join("")
}

function rtl(text: string): string {
  const ofScript = (char: string) => rightToLeft.test(char) && (rtlLetter.test(char) || mark.test(char))
  return [...text].filter((char) => ofScript(char) || rtlNeutral.test(char)).join("")
}

/** Cut, trimmed and in normal form, whatever the parts were that met. */
function whole(text: string, most = longest): string {
  let nick = text
  for (let before = ""; nick !== before;) {
    before = nick
    nick = tidy(cut(nick.normalize("NFKC"), most))
  }
  return readable.test(nick) ? nick : ""
}

/** No blanks at the ends or side by side, no mark without a letter, no crowd of marks, and the right ends. */
function tidy(text: string): string {
  let nick = japanese.test(text) ? text : text.replaceAll("\u30fb", " ")
  nick = nick.replace(/ {2,}/g, " ").replace(new RegExp(`(\\p{M}{${mostMarks}})\\p{M}+`, "gu"), "$1")
  nick = nick.replace(/(^| )\p{M}+/gu, "$1").trim()
  if (isLatin(nick)) return nick
  const points = [...nick]
  while (points.length > 0 && !rtlLetter.test(points.at(-1) ?? "")) points.pop()
  while (points.length > 0 && !rtlLetter.test(points[0] ?? "")) points.shift()
  return points.join("")
}

function cut(text: string, most: number): string {
  if ([...text].length <= most) return text
  let kept = ""
  let length = 0
  for (const { segment } of graphemes(text)) {
    const more = [...segment].length
    if (length + more > most) break
    kept += segment
    length += more
  }
  return kept
}

/** The suffix is whole, what is before it gives way. */
function suffixed(base: string, suffix: string): string {
  const end = cut(suffix, longest / 2)
  return whole(`${whole(base, longest - [...end].length)}${end}`)
}

/** Of an id, for those whose names say nothing: letters and digits that stay the same. */
function digest(id: string, length: number): string {
  return createHash("sha256").update(id).digest("hex").slice(0, length)
}

/** A number by letters of equal rank, none for zero (bijective). */
function count(n: number, letters: string): string {
  let text = ""
  for (let rest = n; rest > 0; rest = Math.floor((rest - 1) / letters.length)) text = letters.charAt((rest - 1) % letters.length) + text
  return text
}
