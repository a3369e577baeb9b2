// The lists of who is let in and who is kept out (XEP-0133 §4.11, §4.12; own ones for foreign people and services).
import { parseBareJid, parseDomain } from "../../jid.js"
import type { RuleScope } from "../../admin/ports.js"
import { Refusal } from "../../ports.js"
import { words, type Said } from "../../words/words.js"
import type { Command, CommandCall } from "../command.js"
import { shownOf } from "../rows.js"
import { adminCommand, node, nsAdmin, when, written } from "./parts.js"

type Verdict = "allow" | "block"

/** «user@example.org», «example.org», «*»; «foreign:4711»; «service:muc.example.org». Throws `Refusal`. */
export function subjectOf(text: string): { scope: RuleScope; pattern: string } {
  const [, kind, said = ""] = /^(?:(foreign|service):)?(\S+)$/i.exec(text.trim()) ?? []
  const scope: RuleScope = kind === undefined ? "jid" : kind.toLowerCase() === "foreign" ? "foreign" : "service"
  // As servers hand us whom it is about: a rule in another spelling would let them pass.
  const rest = scope === "foreign" ? said : said.replace(/\.$/, "")
  const pattern = scope === "foreign" ? said : (parseBareJid(rest) ?? parseDomain(rest) ?? rest.toLowerCase())
  if (pattern === "" || pattern.length > 1000 || (scope === "jid" && !/^(\*|([^@/]+@)?[^@/]+)$/.test(pattern)))
    throw new Refusal(
      "not-acceptable",
      words("«{text}» is nobody who can be on a list: give user@example.org, example.org, *, foreign:ID or service:DOMAIN.", {
        text: text.slice(0, 100),
      }),
      "modify",
    )
  return { scope, pattern }
}

async function judge(call: CommandCall, verdict: Verdict): Promise<Said> {
  const { argument, ask, service, user } = call
  const label = words("Whom (user@example.org, example.org, *, foreign:ID, service:DOMAIN)")
  const fields = [
    { name: "who", label },
    { name: "reason", label: words("Why"), optional: true as const },
  ]
  const title = verdict === "block" ? words("Block") : words("Allow")
  const [, first = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(argument) ?? []
  const given = argument === "" ? await ask({ title, fields }) : { who: first, reason: rest }
  const { scope, pattern } = subjectOf(given.who ?? "")
  if (
    verdict === "block" &&
    scope === "jid" &&
    (pattern === user || pattern === "*" || user.endsWith(`@${pattern}`)) &&
    service.admin.rules("jid").every((rule) => rule.pattern !== user)
  )
    throw new Refusal("not-acceptable", words("That would shut out yourself. Allow {user} first.", { user }), "modify")
  const reason = given.reason === undefined || given.reason === "" ? null : given.reason.slice(0, 500)
  await service.admin.putRule({ scope, pattern, verdict, reason, by: user, at: Date.now() })
  written(call, verdict === "block" ? "blocked" : "allowed", { scope, pattern, reason })
  return verdict === "block"
    ? words("{who} is blocked from now on.", { who: pattern })
    : words("{who} is allowed from now on.", { who: pattern })
}

const shut = adminCommand({
  name: "shut-out",
  title: words("Shut out"),
  text: words("Shuts out users, domains, people of the network or services with rooms."),
  argument: "WHO [WHY]",
  run: (call) => judge(call, "block"),
})

const letIn = adminCommand({
  name: "let-in",
  title: words("Let in"),
  text: words("Lets in whom a wider rule or the configuration would not."),
  argument: "WHO [WHY]",
  run: (call) => judge(call, "allow"),
})

const forget = adminCommand({
  name: "forget-rule",
  title: words("Forget a rule"),
  text: words("Takes somebody off the lists."),
  argument: "WHO",
  async run(call) {
    const { argument, ask, service } = call
    const known = service.admin.rules().filter(({ scope }) => scope !== "network")
    const options = known.slice(0, 100).map(({ scope, pattern }) => (scope === "jid" ? pattern : `${scope}:${pattern}`))
    if (argument === "" && options.length === 0) return words("The lists are empty.")
    const text =
      argument !== ""
        ? argument
        : ((await ask({ title: words("Forget a rule"), fields: [{ name: "who", label: words("Whom"), options }] })).who ?? "")
    const { scope, pattern } = subjectOf(text)
    const was = await service.admin.dropRule(scope, pattern)
    if (was) written(call, "rule forgotten", { scope, pattern })
    return was ? words("{who} is on no list any more.", { who: pattern }) : words("{who} is on no list.", { who: pattern })
  },
})

const rules = adminCommand({
  name: "rules",
  title: words("Rules"),
  text: words("Shows who is shut out and who is let in."),
  run({ service }) {
    const lines = service.admin.rules().map(({ scope, pattern, verdict, reason, by, at }) =>
      words("{verdict} {who} ({by}, {at}) {reason}", {
        verdict: verdict === "block" ? words("Shut out:") : words("Let in:"),
        who: scope === "jid" ? pattern : `${scope}:${pattern}`,
        by,
        at: when(at),
        reason: reason ?? "",
      }),
    )
    return Promise.resolve(lines.length === 0 ? words("The lists are empty.") : shownOf(lines))
  },
})

/** A whole list in a form, as XEP-0133 has it: what is in it then, and nothing else. */
function listOf(name: string, at: string, field: string, verdict: Verdict, title: Said, text: Said): Command {
  return adminCommand({
    name,
    node: node(at),
    title,
    text,
    async run(call) {
      const { ask, service, user } = call
      const before = service.admin.rules("jid").filter((rule) => rule.verdict === verdict)
      const preset = before.map(({ pattern }) => pattern).join("\n")
      const prompt = { name: field, label: title, as: "jids" as const, optional: true as const, ...(preset !== "" && { preset }) }
      const given = (await ask({ title, text, formType: nsAdmin, fields: [prompt] }))[field] ?? ""
      const wanted = new Set(
        given
          .split(/[\s,;]+/)
          .filter((one) => one !== "")
          .map((one) => subjectOf(one).pattern),
      )
      if (verdict === "block" && (wanted.has(user) || wanted.has("*")))
        throw new Refusal("not-acceptable", words("That would shut out yourself. Allow {user} first.", { user }), "modify")
      for (const { pattern } of before) if (!wanted.has(pattern)) await service.admin.dropRule("jid", pattern)
      const known = new Set(before.map(({ pattern }) => pattern))
      for (const pattern of wanted)
        if (!known.has(pattern)) await service.admin.putRule({ scope: "jid", pattern, verdict, reason: null, by: user, at: Date.now() })
      written(call, `${name} edited`, { entries: wanted.size })
      return words("The list has {count} entries now.", { count: wanted.size })
    },
  })
}

export const listCommands: readonly Command[] = [
  rules,
  shut,
  letIn,
  forget,
  listOf(
    "blacklist",
    "edit-blacklist",
    "blacklistjids",
    "block",
    words("Users who are shut out"),
    words("Addresses and domains, one a line."),
  ),
  listOf(
    "whitelist",
    "edit-whitelist",
    "whitelistjids",
    "allow",
    words("Users who are let in"),
    words("Addresses and domains, one a line."),
  ),
]
