// Telegram's rich messages (blocks, tables, lists) as plain lines of text.
import type { RichMessage } from "node-telegram-bot-api"

/** Reads any node by the fields it has, so that block types of later API versions still give their text. */
type Node = { [field: string]: unknown }

const placeholders: Record<string, string> = {
  photo: "[Photo]",
  video: "[Video]",
  animation: "[Animation]",
  audio: "[Audio]",
  voice_note: "[Voice message]",
  document: "[File]",
  map: "[Map]",
  divider: "———",
}

export function richLines(message: RichMessage): string {
  return blocks(message.blocks).join("\n")
}

function inline(node: unknown): string {
  if (typeof node === "string") return node
  if (Array.isArray(node)) return node.map(inline).join("")
  if (typeof node !== "object" || node === null) return ""
  const { text, alternative_text, expression } = node as Node
  return inline(text ?? alternative_text ?? expression)
}

function blocks(list: unknown): string[] {
  return Array.isArray(list) ? list.flatMap((block: Node) => lines(block)) : []
}

function lines(block: Node): string[] {
  const out: string[] = []
  const say = (text: string): void => void (text.trim() !== "" && out.push(text))
  say(placeholders[String(block["type"])] ?? "")
  say(inline(block["summary"]))
  say(inline(block["text"] ?? block["expression"]))
  out.push(...blocks(block["blocks"]))
  for (const item of asArray(block["items"])) {
    const [first = "", ...rest] = blocks(item["blocks"])
    const mark = item["has_checkbox"] ? (item["is_checked"] ? "☑" : "☐") : inline(item["label"]) || "•"
    out.push(`${mark} ${first}`, ...rest.map((line) => `  ${line}`))
  }
  for (const row of asArray(block["cells"]))
    say(
      asArray(row)
        .map((cell) => inline(cell["text"]))
        .join(" | "),
    )
  const caption = block["caption"]
  say(inline(caption))
  say(inline((caption as Node | undefined)?.["credit"] ?? block["credit"]))
  return out.map((line) => (block["type"] === "blockquote" ? `> ${line}` : line))
}

function asArray(value: unknown): Node[] {
  return Array.isArray(value) ? (value as Node[]) : []
}
