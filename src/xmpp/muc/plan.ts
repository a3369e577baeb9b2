// From what a moderator wants of somebody to what the network is asked for, or why not (XEP-0045 §8.2 to §10.8). Pure.
import type { Manage } from "../../adapter/contract.js"
import { Refusal } from "../../core/ports.js"
import type { BareJid } from "../../core/model.js"
import type { Affiliation, MucRole, RoomView } from "../../core/rooms/ports.js"
import type { Context } from "../types.js"
import { standing } from "./items.js"
import type { Whom } from "./target.js"
import { words, type Said, type Words } from "../../core/words/words.js"

/** One item of a request: what a nick or JID is to be. */
export type Change = { nick?: string; jid?: string; why?: string } & ({ affiliation: Affiliation } | { role: MucRole })

/** `out`: a user of ours leaves the room here, the network hears nothing of it. */
export type Step = Extract<Manage, { user: string }> | { out: BareJid; why?: string }

const rank: Readonly<Record<Affiliation, number>> = { outcast: -1, none: 0, member: 1, admin: 2, owner: 3 }

const notAllowed = (text: Said): Refusal => new Refusal("not-allowed", text)

const reserved = {
  moderator: words("Only a moderator of the room may do that."),
  admin: words("Only an admin of the room may do that."),
  owner: words("Only an owner of the room may do that."),
}

/** What the asker must be, whoever is meant: `forbidden`. */
export function need(view: RoomView, change: Change): void {
  const needed =
    "role" in change
      ? change.role === "moderator"
        ? "owner"
        : "moderator"
      : change.affiliation === "owner" || change.affiliation === "admin"
        ? "owner"
        : "admin"
  const is = needed === "moderator" ? view.role === "moderator" : rank[view.affiliation] >= rank[needed]
  if (!is) throw new Refusal("forbidden", reserved[needed], "auth")
}

/** The steps, in order; none: it is so already. Throws `Refusal`. */
export function plan(context: Pick<Context, "service">, view: RoomView, change: Change, whom: Whom): Step[] {
  const why = change.why === undefined ? {} : { why: change.why }
  if ("user" in whom) return ours(view, change, whom, why)
  const { contact, participant } = whom
  const has = participant && (participant.present || participant.role === "banned") ? standing(participant.role) : undefined
  if (has && rank[has.affiliation] > rank[view.affiliation]) throw notAllowed(words("They rank above you in this room."))
  const steps = "role" in change ? byRole(change.role, contact, has, why) : byAffiliation(view, change.affiliation, contact, has, why)
  for (const step of steps) may(context, view, step)
  return steps
}

function ours(
  view: RoomView,
  change: Change,
  { user, participant }: { user: BareJid } & Pick<Whom, "participant">,
  why: { why?: string },
): Step[] {
  if (user === view.link.jid && ("role" in change ? change.role === "none" : rank[change.affiliation] < rank[view.affiliation]))
    throw new Refusal("conflict", words("You cannot do that to yourself. To go, leave the room."))
  if (!("role" in change) || change.role !== "none")
    throw notAllowed(words("What users of this gateway may do in a room is for its configuration to say."))
  if (!participant) throw new Refusal("item-not-found", words("{jid} is not in this room.", { jid: user }))
  if (rank[standing(participant.role).affiliation] > rank[view.affiliation]) throw notAllowed(words("They rank above you in this room."))
  return [{ out: user, ...why }]
}

type Has = ReturnType<typeof standing> | undefined

function byRole(role: MucRole, user: string, has: Has, why: { why?: string }): Step[] {
  if (!has || has.affiliation === "outcast") throw new Refusal("item-not-found", words("They are not in this room."))
  const lord = has.affiliation === "admin" || has.affiliation === "owner"
  switch (role) {
    case "none":
      return lord
        ? [
            { do: "role", user, role: "member" },
            { do: "kick", user, ...why },
          ]
        : [{ do: "kick", user, ...why }]
    case "moderator":
      return has.role === "moderator" ? [] : [{ do: "role", user, role: "admin" }]
    case "participant":
    case "visitor":
      if (lord) throw notAllowed(words("Voice and moderation of an admin or owner cannot be revoked. Make them a member first."))
      return has.role === role ? [] : [{ do: "role", user, role: role === "visitor" ? "muted" : "member" }]
  }
}

function byAffiliation(view: RoomView, to: Affiliation, user: string, has: Has, why: { why?: string }): Step[] {
  const lord = has?.affiliation === "admin" || has?.affiliation === "owner"
  if (has?.affiliation === to) return []
  // §10.5, §10.8: those lists are the owners' alone.
  if (lord && view.affiliation !== "owner") throw notAllowed(words("Only an owner of the room may change what an admin is."))
  const demote: Step[] = lord ? [{ do: "role", user, role: "member" }] : []
  switch (to) {
    case "owner":
    case "admin":
      return [{ do: "role", user, role: to }]
    case "outcast":
      return [...demote, { do: "ban", user, ...why }]
    case "member":
      if (has?.affiliation === "outcast") return [{ do: "unban", user }]
      return lord ? demote : [{ do: "add", user, ...why }]
    case "none":
      // A group is for members only: who is none is out (§9.4). Of who is unknown a ban may be meant.
      if (!has || has.affiliation === "outcast") return [{ do: "unban", user }]
      return [...demote, { do: "kick", user, ...why }]
  }
}

/** What the gateway cannot do, and what the account may not do. */
const deeds: Readonly<Record<string, Words>> = {
  kick: words("remove anybody"),
  ban: words("ban anybody"),
  unban: words("lift a ban"),
  add: words("add people; invite them instead"),
  role: words("change what people may do"),
}

function may({ service }: Pick<Context, "service">, { can, capabilities }: RoomView, step: Step): void {
  if ("out" in step || can.has(step.do)) return
  const what = deeds[step.do] ?? step.do
  if (!capabilities.manage?.can.includes(step.do))
    throw notAllowed(words("On {network} the gateway cannot {what}.", { network: service.name, what }))
  throw new Refusal("forbidden", words("On {network} the account has no right to {what}.", { network: service.name, what }), "auth")
}
