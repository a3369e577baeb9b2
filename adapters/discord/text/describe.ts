// What Discord itself says in a channel (pinned, boosted, somebody came …), as sentences: one row a type of message.
import { id, isObject, type Json, list, number, object, text, time } from "../loose.js"
import { embedText } from "./embeds.js"
import type { Reader } from "./names.js"

/** Message Resource, Message Types: what people and bots say. */
const said: ReadonlySet<number> = new Set([0, 19, 20, 23])
/** The first message of a thread is the message in the parent channel once more. */
const repeated: ReadonlySet<number> = new Set([21])

interface Told {
  message: Json
  content: string
  by: string
  names: Reader
}

const server = "the server"
const rows: Readonly<Record<number, (told: Told) => string | undefined>> = {
  1: ({ by, message }) => `${by} added ${whom(message)}.`,
  2: ({ by, message }) => (isSelf(message) ? `${by} left.` : `${by} removed ${whom(message)}.`),
  3: ({ by, message }) => call(by, object(message["call"])),
  4: ({ by, content }) => `${by} changed the name to «${content}».`,
  5: ({ by }) => `${by} changed the picture.`,
  6: ({ by, message }) => pinned(by, message),
  7: ({ by }) => `${by} joined ${server}.`,
  8: ({ by, content }) => boosted(by, content),
  9: ({ by, content }) => `${boosted(by, content)} It has reached level 1.`,
  10: ({ by, content }) => `${boosted(by, content)} It has reached level 2.`,
  11: ({ by, content }) => `${boosted(by, content)} It has reached level 3.`,
  12: ({ by, content }) => `${by} has this channel follow «${content}»: its announcements are shown here.`,
  14: () => "This server is no longer listed in Server Discovery.",
  15: () => "This server is listed in Server Discovery again.",
  16: () => "This server has failed the requirements of Server Discovery for a week; after four weeks it is no longer listed.",
  17: () => "This server has failed the requirements of Server Discovery for three weeks; after another one it is no longer listed.",
  18: ({ by, content }) => `${by} started a thread: ${content}`,
  22: () => "Discord reminds of inviting people to this server.",
  24: ({ message, names }) => automod(message, names),
  25: ({ by, message }) => subscription(by, object(message["role_subscription_data"])),
  26: ({ by }) => `${by} was shown an offer of an app.`,
  27: ({ by, content }) => `${by} opened the stage: ${content}`,
  28: ({ by, content }) => `${by} closed the stage${content === "" ? "" : `: ${content}`}.`,
  29: ({ by }) => `${by} speaks on the stage now.`,
  30: ({ by }) => `${by} asks to speak on the stage.`,
  31: ({ by, content }) => `${by} changed the topic of the stage: ${content}`,
  32: ({ by, message }) => `${by} upgraded ${text(object(message["application"])["name"]) ?? "an app"} for ${server}.`,
  36: ({ by, content }) => `${by} switched security actions on${until(content)}.`,
  37: ({ by }) => `${by} switched security actions off.`,
  38: ({ by }) => `${by} reported a raid on ${server}.`,
  39: ({ by }) => `${by} reported that there was no raid.`,
  44: ({ by, message }) => purchase(by, object(message["purchase_notification"])),
  46: ({ message }) => pollResult(message),
}

/** «nothing»: it says nothing new. Undefined: it is what somebody said. */
export function describe(message: Json, by: string, names: Reader): { notice: string } | "nothing" | undefined {
  const type = number(message["type"]) ?? 0
  if (said.has(type)) return undefined
  if (repeated.has(type)) return "nothing"
  const row = Object.hasOwn(rows, type) ? rows[type] : undefined
  // Later ones often have a text of their own.
  if (!row) return undefined
  const content = (text(message["content"]) ?? "").trim()
  const notice = row({ message, content, by, names })?.trim()
  return notice ? { notice } : "nothing"
}

function whom(message: Json): string {
  const named = list(message["mentions"]).map(
    (user) => text(object(user["member"])["nick"]) || text(user["global_name"]) || text(user["username"]),
  )
  return named.filter(Boolean).join(", ") || "somebody"
}

function isSelf(message: Json): boolean {
  const [first] = list(message["mentions"])
  return first === undefined || id(first["id"]) === id(object(message["author"])["id"])
}

function call(by: string, { ended_timestamp: ended, participants }: Json): string {
  if (time(ended) === undefined) return `${by} started a call. It can be joined on Discord only.`
  const there = Array.isArray(participants) ? participants.length : 0
  return there > 1 ? `A call that ${by} started has ended.` : `${by} called; nobody answered.`
}

const shown = 100

function pinned(by: string, message: Json): string {
  const what = object(message["referenced_message"])
  const line = (text(what["content"]) ?? "").replace(/\s+/g, " ").trim()
  if (line === "") return `${by} pinned a message.`
  return `${by} pinned: ${line.length > shown ? `${line.slice(0, shown).replace(/[\ud800-\udbff]$/, "")}…` : line}`
}

/** Content: how often, if more than once. */
function boosted(by: string, content: string): string {
  const times = /^\d{1,4}$/.test(content) && content !== "1" ? ` ${content} times` : ""
  return `${by} boosted ${server}${times}.`
}

function automod(message: Json, names: Reader): string {
  const [embed] = list(message["embeds"])
  const said = embed && embedText(embed, names).text
  const fields = list(embed?.["fields"])
  const rule = fields.find(({ name }) => name === "rule_name")
  const words = text(embed?.["description"])
  if (words) return `AutoMod stopped a message${rule ? ` (${text(rule["value"]) ?? ""})` : ""}: ${words}`
  return `AutoMod took action.${said ? ` ${said}` : ""}`
}

function subscription(by: string, data: Json): string {
  const tier = text(data["tier_name"]) ?? "a role"
  const months = number(data["total_months_subscribed"]) ?? 0
  return `${by} ${data["is_renewal"] === true ? "renewed" : "took"} a subscription to ${tier}${months > 0 ? `, ${months} months in all` : ""}.`
}

function until(content: string): string {
  const at = time(content)
  return at === undefined ? "" : ` until ${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`
}

function purchase(by: string, data: Json): string {
  const product = text(object(data["guild_product_purchase"])["product_name"])
  return `${by} bought ${product ?? "something"}.`
}

/** Poll Resource, Poll Result Embed Object: facts are fields. */
function pollResult(message: Json): string {
  const embed = list(message["embeds"]).find((one) => isObject(one)) ?? {}
  const facts = new Map(list(embed["fields"]).map((field) => [text(field["name"]), text(field["value"])]))
  const question = facts.get("poll_question_text")
  const answer = [facts.get("victor_answer_emoji_name"), facts.get("victor_answer_text")].filter(Boolean).join(" ")
  const votes = facts.get("victor_answer_votes")
  const total = facts.get("total_votes")
  const outcome = answer === "" ? "there is no winner" : `${answer}${votes && total ? ` (${votes} of ${total} votes)` : ""}`
  return `The poll${question ? ` «${question}»` : ""} has ended: ${outcome}.`
}
