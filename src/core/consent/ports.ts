// What users ask of the gateway about who may write to them. Types only.
import type { BareJid, Link, RosterEntry } from "../model.js"
import type { Invitation } from "./invites.js"

/** Why somebody is reported (XEP-0377 §3). */
export type ReportReason = "spam" | "abuse"

export interface Report {
  reason: ReportReason
  /** What the user says to it, «» for nothing. */
  text: string
  /** Ids of the messages that are meant, as the user's client knows them. */
  messages: readonly string[]
}

export interface Listed {
  link: Link
  entry: RosterEntry
}

/** Part of `Service`. */
export interface PeopleService {
  /** Whether invite links can be made on this network. */
  readonly invitable: boolean
  /** How to hand the link in, for whoever is to follow it. Throws `Refusal`. */
  invite(link: Link, how: { uses: number; days: number; label: string }): Promise<{ text: string; url?: string }>
  invitations(user: BareJid): Promise<Invitation[]>
  /** False: it is used up, expired or revoked. */
  revoke(user: BareJid, invitation: string): Promise<boolean>
  /** Who would like to write with the user. */
  requests(user: BareJid): Promise<Listed[]>
  /** The user's answer to a request, or (no) the end of writing with somebody. False: there is nothing to answer. */
  answer(link: Link, legacyId: string, yes: boolean): Promise<boolean>
  blocked(user: BareJid): Promise<Listed[]>
  /** Nothing comes from them any more, and nothing goes to them. With a report the administrators are told. Throws `Refusal`. */
  block(link: Link, legacyId: string, report?: Report): Promise<void>
  /** False: they were not blocked. */
  unblock(link: Link, legacyId: string): Promise<boolean>
}
