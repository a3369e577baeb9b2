// Pure: what an account that another one carries is called, whatever the network calls the login at the moment.
import type { Account } from "../model.js"

/** Carried by another account's session. */
export type Carried = Account & { carrier: number }

const prefix = "login:"

export function nameOf(carrier: number, owner: string): string {
  return `${prefix}${carrier}:${owner}`
}

/** Legacy id of whose login it is. */
export function ownerOf({ legacyId }: Pick<Account, "legacyId">): string {
  return legacyId.slice(legacyId.indexOf(":", prefix.length) + 1)
}

export function isCarried(account: Account | undefined): account is Carried {
  return typeof account?.carrier === "number"
}
