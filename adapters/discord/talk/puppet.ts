// Under which name and face Discord shows somebody of ours: any name becomes one that a webhook may have.
import type { Speaker } from "xferry"

/** Webhook Resource, Execute Webhook: `username` and `avatar_url` override what the webhook has. */
export interface Puppet {
  username: string
  avatar_url?: string
}

/** Webhook Resource, Create Webhook: 1-80 characters. Counted in UTF-16 units, of which there are never fewer. */
const maxName = 80
const maxAddress = 2048

/** What takes no room on a screen, or breaks the line it stands in. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu
const blanks = /[\s\u2800]+/g
/** User Resource, Usernames and Nicknames: not in a name; each has a twin that is read alike. */
const twins: Record<string, string> = { "@": "＠", "#": "＃", ":": "꞉", "`": "ˋ" }
const barred = /[@#:]|`(?=``)|(?<=`)`(?=`)|(?<=``)`/g
/** Ibid. and Create Webhook: not anywhere in a name, in any case. */
const inside = /discord|clyde/gi
/** Half of a character. */
const alone = /\p{Cs}/gu
const whole = /^(everyone|here)$/i
/** Narrow enough to be overlooked, and no letter: what is barred is no longer one word. */
const hairSpace = "\u200A"

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** Never empty, never refused by Discord for its form. */
export function legalName(name: string): string {
  const plain = name
    .replace(/[\t\n\r]/g, " ")
    .replace(invisible, "")
    .replace(blanks, " ")
    .trim()
    .replace(barred, (char: string) => twins[char] ?? "")
    .replace(inside, split)
    .replace(whole, split)
  return cut(plain, maxName) || "Somebody"
}

export function puppetOf({ name, avatarUrl }: Speaker): Puppet {
  return { username: legalName(name), ...(isAddress(avatarUrl) && { avatar_url: avatarUrl }) }
}

/** At most `max` UTF-16 units, through no character that people see as one unless it is longer than that. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text.trim()
  let end = 0
  for (const { index, segment } of graphemes.segment(text.slice(0, max + 64))) {
    if (index + segment.length > max) break
    end = index + segment.length
  }
  return text
    .slice(0, end || max)
    .replace(alone, "")
    .trim()
}

function split(word: string): string {
  return word.slice(0, 1) + hairSpace + word.slice(1)
}

function isAddress(url: string | undefined): url is string {
  return url !== undefined && url.length <= maxAddress && /^https?:\/\//i.test(url) && URL.canParse(url)
}
