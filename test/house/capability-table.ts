// What each bundled network can do, as a table in the documentation: made from the data by which the core itself decides.
import type { Capabilities } from "xferry"

export interface Column {
  name: string
  capabilities: Capabilities
}

type Cell = (can: Capabilities) => string

const yes = (can: boolean | object | undefined): string => (can === undefined || can === false ? "–" : "yes")
const told =
  (what: NonNullable<Capabilities["tells"]>[number]): Cell =>
  ({ tells }) =>
    yes(tells?.includes(what))
const managed =
  (...what: NonNullable<Capabilities["manage"]>["can"]): Cell =>
  ({ manage }) =>
    yes(what.every((one) => manage?.can.includes(one)))

function within(seconds: number | undefined): string {
  if (seconds === undefined) return "yes"
  return seconds % 3600 === 0 ? `yes, for ${seconds / 3600} h` : `yes, for ${seconds} s`
}

const size = (bytes: number): string => `${Math.floor(bytes / 1_048_576)} MiB`

function reacting(react: Capabilities["react"]): string {
  if (react === undefined) return "–"
  const most = react.max === undefined ? "" : react.max === 1 ? ", one" : `, ${react.max}`
  const which = react.allowed ? `, ${react.allowed.length} emoji` : ""
  return react.as === "bot" ? `by the bot, for all its users${most}${which}` : `yes${most}${which}`
}

const parts: readonly { title: string; rows: readonly (readonly [string, Cell])[] }[] = [
  {
    title: "What you write",
    rows: [
      ["longest message; a longer one is split", ({ send }) => (send.maxChars === undefined ? "no limit" : `${send.maxChars} characters`)],
      ["after a crash, never sent twice", ({ send }) => (send.idempotent === "own" ? "what the bot says itself" : yes(send.idempotent))],
      [
        "in rooms, under your own name",
        ({ send }) =>
          send.impersonate === undefined ? "name before the text" : send.impersonate === "name" ? "yes" : "yes, with your picture",
      ],
      ["styled text (XEP-0393)", ({ send }) => (send.formatting ?? []).filter((kind) => styled.has(kind)).join(", ") || "as typed"],
      ["names become mentions", ({ send }) => yes(send.formatting?.includes("mention"))],
      ["replies", ({ reply }) => (reply === undefined ? "quoted" : "yes")],
      ["corrections", ({ edit }) => (edit === undefined ? "as a new message" : within(edit.withinSeconds))],
      ["taking back what you wrote", ({ retract }) => (retract === undefined ? "–" : within(retract.withinSeconds))],
      ["taking back what others wrote, as a moderator", ({ retract }) => yes(retract?.others)],
      ["«is typing»", ({ typing }) => yes(typing)],
      ["files", ({ send }) => (send.files ? `up to ${size(send.files.maxBytes)}` : "as a link")],
      ["files as what they are", ({ send }) => send.files?.kinds?.join(", ") ?? "–"],
      ["files in one message", ({ send }) => (send.files ? String(send.files.perMessage ?? 1) : "–")],
      ["captions", ({ send }) => (send.files ? `${send.maxCaption ?? send.maxChars ?? "any number of"} characters` : "–")],
      ["places, contacts and the like, as such", ({ send }) => send.extras?.join(", ") ?? "–"],
      ["reactions", ({ react }) => reacting(react)],
      ["read marks", ({ read }) => (read?.logins ? "in chats of accounts that it answers for" : yes(read))],
      ["voting, pressing buttons", ({ interact }) => yes(interact)],
    ],
  },
  {
    title: "What you see",
    rows: [
      ["corrections", told("edit")],
      ["messages taken back", told("retract")],
      ["«is typing»", told("typing")],
      ["reactions", told("reactions")],
      ["read marks", told("read")],
      [
        "files",
        ({ download }) => (download === undefined ? "named" : download.maxBytes === undefined ? "yes" : `up to ${size(download.maxBytes)}`),
      ],
      ["presence of contacts", told("presence")],
      ["who comes and goes in rooms", told("members")],
      ["what a room said while the gateway was down", ({ history }) => (history ? "yes" : "as far as the network keeps it")],
      ["what people wrote to you while it was down", ({ history }) => (history?.direct ? "yes" : "as far as the network keeps it")],
      ["what a room said before you knew it", ({ history }) => yes(history?.older)],
    ],
  },
  {
    title: "People and rooms",
    rows: [
      ["finding people", ({ find }) => yes(find)],
      ["a one-time code is handed in there", ({ entry }) => yes(entry)],
      [
        "people's own accounts, for which it answers",
        ({ logins }) =>
          logins?.replyHours === undefined ? yes(logins) : `yes, within ${logins.replyHours} h after the other person has last written`,
      ],
      ["rooms appear by themselves", ({ rooms }) => (rooms === undefined ? "when the bot is added, or somebody writes there" : "yes")],
      ["list of members", ({ members }) => (members === undefined ? "–" : members.complete ? "yes" : "administrators")],
      ["name", managed("name")],
      ["topic", managed("topic")],
      ["picture", managed("avatar")],
      ["slow mode", managed("slow")],
      ["pinned messages", managed("pin", "unpin")],
      ["kick, ban and unban", managed("kick", "ban", "unban")],
      ["voice and administrators", managed("role")],
      ["making topics, threads and posts", managed("create")],
      ["closing and reopening them", managed("close", "reopen")],
      ["invitation links", managed("invite")],
      ["leaving, destroying", managed("leave", "destroy")],
    ],
  },
]

/** What XEP-0393 has. */
const styled = new Set(["bold", "italic", "strike", "code", "pre", "quote"])

export function capabilityTable(columns: readonly Column[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`
  const tables = parts.map(({ title, rows }) =>
    [
      `## ${title}`,
      row(["", ...columns.map(({ name }) => name)]),
      row(["---", ...columns.map(() => "---")]),
      ...rows.map(([label, cell]) => row([label, ...columns.map(({ capabilities }) => cell(capabilities))])),
    ].join("\n"),
  )
  return `# What each network can do

Made from the data by which the gateway itself decides; in a room it may be less, by your bot's rights there. Where a network cannot
do something, your client is told so, or something readable stands in its place.

${tables.join("\n\n")}
`
}
