// Logins of other people that an account carries: their owners let it read, and perhaps answer, their own chats.
import { AdapterError } from "xferry"
import { z } from "zod"
import type { Account } from "./account.js"
import type { Person } from "./protocol.js"

export interface LoginEvent {
  type: "login"
  id: string
  owner: Person
  active: boolean
  maySend: boolean
}

/** Fields of «login». Without `active` and `maySend` it is connected, and the account may answer. */
export const loginFields = {
  id: z.string().min(1),
  owner: z.string().min(1),
  active: z.boolean().optional(),
  maySend: z.boolean().optional(),
}

export interface NewLogin {
  account: string
  id: string
  owner: string
  active?: boolean | undefined
  maySend?: boolean | undefined
}

/** By the name of the login, as the account is told of it at each connect. */
export type Logins = Map<string, LoginEvent>

/** How a chat is called where ids are counted and messages kept: of a login each is another one than the account's own. */
export function chatKey(person: string, login: string | undefined): string {
  return login === undefined ? person : `${login}/${person}`
}

/** Throws where the account may not do that in the login's name. */
export function mayThrough({ logins }: Account, { op, login }: { op: string; login?: string }): void {
  if (login === undefined) return
  const known = logins.get(login)
  if (!known?.active) throw new AdapterError("gone", "This login is not connected any more.")
  if (!known.maySend && (op === "send" || op === "edit"))
    throw new AdapterError("denied", "The owner of this login does not let the account answer.")
}
