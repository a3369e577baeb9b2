// Who may write to the user: invite links, requests, and who may not.
import type { Invitation } from "../consent/invites.js"
import type { Listed, ReportReason } from "../consent/ports.js"
import { Refusal, type Service } from "../ports.js"
import type { Link } from "../model.js"
import { span } from "../words/time.js"
import { both, words, type Said } from "../words/words.js"
import type { Prompt } from "./ask.js"
import { contactMeant, labelOf } from "./contact.js"
import { needLink, type Command, type CommandCall } from "./command.js"
import { shownOf } from "./rows.js"

/** What an invite link is good for if nothing else is said. */
const usual = { uses: "1", days: "7" }

/** The user's tie that is meant, where there are several. */
async function tieMeant({ service, user, ask }: CommandCall): Promise<Link> {
  const links = service.linksOf(user)
  if (links.length < 2) return needLink(service, user)
  const options = links.map(({ tag }) => ({ value: tag, label: tag === "" ? words("my own account") : tag }))
  const { tie = "" } = await ask({ title: words("By which account?"), fields: [{ name: "tie", label: words("Account"), options }] })
  return links.find(({ tag }) => tag === tie) ?? needLink(service, user)
}

export const invite: Command = {
  name: "invite",
  title: words("Invite somebody"),
  text: words("Makes a link: whoever follows it on the network becomes a contact of yours."),
  argument: "USES DAYS",
  section: "people",
  needs: "user",
  offered: ({ people }) => people.invitable,
  async run(call) {
    const { service, ask, argument } = call
    const link = await tieMeant(call)
    const fields: Prompt[] = [
      { name: "uses", label: words("How many people may follow it"), preset: usual.uses },
      { name: "days", label: words("For how many days"), preset: usual.days },
      { name: "label", label: words("What you call it, for yourself"), optional: true },
    ]
    const [uses = usual.uses, days = usual.days] = argument.split(/\s+/)
    const how: Record<string, string> = argument === "" ? await ask({ title: words("Invite somebody"), fields }) : { uses, days }
    const said = { uses: Number(how["uses"] ?? usual.uses), days: Number(how["days"] ?? usual.days), label: how["label"] ?? "" }
    const { text, url } = await service.people.invite(link, said)
    return [
      words("Pass this on to whom you want to write with:"),
      text,
      ...(url === undefined || text.includes(url) ? [] : [url]),
      words("It is good for {uses}, for {days}. To end it earlier, write «invites».", {
        uses: said.uses === 1 ? words("one person") : words("{count} people", { count: said.uses }),
        days: said.days === 1 ? words("one day") : words("{count} days", { count: said.days }),
      }),
    ]
  },
}

export const invites: Command = {
  name: "invites",
  title: words("Invite links"),
  text: words("Lists your open invite links, and ends those you do not want any more."),
  argument: "NUMBER",
  section: "people",
  needs: "user",
  offered: ({ people }) => people.invitable,
  async run({ service, user, ask, argument }) {
    const open = await service.people.invitations(user)
    if (open.length === 0) return words("You have no open invite links. Write «invite» to make one.")
    const lines = open.map((one, i) => words("{number}. {line}", { number: i + 1, line: lineOf(one) }))
    const options = [{ value: "keep", label: words("none") }, ...open.map((_, i) => ({ value: String(i + 1), label: lines[i] ?? "" }))]
    const chosen =
      argument !== ""
        ? argument
        : (
            await ask({
              title: words("Invite links"),
              fields: [{ name: "end", label: words("Which is to end?"), options, preset: "keep" }],
            })
          ).end
    if (chosen === undefined || chosen === "keep") return shownOf(lines)
    const ended = open[Number(chosen) - 1]
    if (!ended || !(await service.people.revoke(user, ended.id)))
      throw new Refusal("item-not-found", words("There is no such invite link (any more)."))
    return words("This invite link is void now. Who has followed it stays your contact.")
  },
}

function lineOf({ label, uses, expiresAt }: Invitation): Said {
  const left = words("for {count} more, ends in {time}", {
    count: uses,
    time: span(Math.max(1, Math.round((expiresAt - Date.now()) / 1000))),
  })
  return label === "" ? left : words("{label}: {left}", { label, left })
}

function answering(yes: boolean, rest: Pick<Command, "name" | "title" | "text" | "aliases">, done: (name: Said) => Said): Command {
  return {
    ...rest,
    argument: "CONTACT",
    section: "people",
    needs: "user",
    contact: true,
    async run(call) {
      const { service, user, argument } = call
      const waiting = await service.people.requests(user)
      if (waiting.length === 0 && argument === "") return words("Nobody asks to write with you.")
      const { link, legacyId } = await contactMeant(call, rest.title, waiting)
      if (!(await service.people.answer(link, legacyId, yes)))
        throw new Refusal("item-not-found", words("They do not ask to write with you."))
      return done((await service.rosterEntry(link, legacyId))?.contact.name ?? legacyId)
    },
  }
}

export const accept = answering(
  true,
  { name: "accept", title: words("Accept a request"), text: words("Lets somebody write with you who has asked for it.") },
  (name) => words("You write with {name} now.", { name }),
)

export const decline = answering(
  false,
  {
    name: "decline",
    aliases: ["end"],
    title: words("Decline a request"),
    text: words("Turns somebody away who has asked to write with you, or ends writing with them."),
  },
  (name) => words("You do not write with {name}.", { name }),
)

export const block: Command = {
  name: "block",
  title: words("Block a contact"),
  text: words("Nothing comes from them any more. They are not told."),
  argument: "CONTACT",
  section: "people",
  needs: "user",
  contact: true,
  async run(call) {
    const { link, legacyId } = await contactMeant(call, words("Block a contact"))
    await call.service.people.block(link, legacyId)
    return blockedNow
  },
}

const blockedNow = words("They are blocked. To end that, write «unblock».")

export const report: Command = {
  name: "report",
  title: words("Report a contact"),
  text: words("Blocks somebody and tells the administrators why."),
  argument: "CONTACT REASON TEXT",
  section: "people",
  needs: "user",
  contact: true,
  async run(call) {
    const [contact = "", reason = "", ...rest] = call.argument.split(/\s+/)
    const title = words("Report a contact")
    const { link, legacyId } = await contactMeant({ ...call, argument: contact }, title)
    const fields: Prompt[] = [
      { name: "reason", label: words("What is it?"), options: reasons },
      { name: "text", label: words("What the administrators should know"), optional: true },
    ]
    const said: Record<string, string> = isReason(reason) ? { reason, text: rest.join(" ") } : await call.ask({ title, fields })
    const { reason: why = "", text = "" } = said
    if (!isReason(why)) throw new Refusal("not-acceptable", words("A report is of spam or of abuse."), "modify")
    await call.service.people.block(link, legacyId, { reason: why, text, messages: [] })
    return both(words("The administrators are told."), blockedNow)
  },
}

const reasons = [
  { value: "spam", label: words("unwanted messages") },
  { value: "abuse", label: words("abuse") },
]

function isReason(said: string): said is ReportReason {
  return said === "spam" || said === "abuse"
}

export const unblock: Command = {
  name: "unblock",
  title: words("Unblock a contact"),
  text: words("Lets somebody write to you again whom you had blocked."),
  argument: "CONTACT",
  section: "people",
  needs: "user",
  contact: true,
  async run(call) {
    const blocked = await call.service.people.blocked(call.user)
    if (blocked.length === 0) return nobodyBlocked
    const { link, legacyId } = await contactMeant(call, words("Unblock a contact"), blocked)
    if (!(await call.service.people.unblock(link, legacyId))) throw new Refusal("item-not-found", words("They are not blocked."))
    return words("They are not blocked any more.")
  },
}

const nobodyBlocked = words("You have blocked nobody.")

export const blocked: Command = {
  name: "blocked",
  title: words("Blocked contacts"),
  text: words("Lists whom you have blocked."),
  section: "people",
  needs: "user",
  async run({ service, user }) {
    const list = await service.people.blocked(user)
    return list.length === 0 ? nobodyBlocked : shownOf(linesFor(service, list))
  },
}

function linesFor(service: Service, list: readonly Listed[]): Said[] {
  return list.map((one) => labelOf(service, one))
}

export const peopleCommands: readonly Command[] = [invite, invites, accept, decline, block, unblock, blocked, report]
