// Whose a direct event of a shared account is: of several users who write with one person.
import type { Directory } from "../directory.js"
import type { Link } from "../model.js"
import type { Sender } from "../sender.js"
import { settled } from "../asides/settled.js"
import type { ConsentStore, Tie } from "./store.js"
import { isMutual } from "./consents.js"

export type Whose =
  /** `chosen`: the person has said so, and it does not only follow from there being nobody else. */
  | { k: "link"; link: Link; chosen: boolean }
  /** Of several; or whoever was meant is gone. */
  | { k: "ask"; among: Link[] }
  /** What it answers was said by somebody who does not write with them any more. */
  | { k: "ended" }
  | { k: "nobody" }

export interface WhoseParts {
  store: Pick<ConsentStore, "ties" | "linkOfMessage">
  directory: Directory
  sender: Pick<Sender, "isBusy" | "settled">
}

/** `reply`: legacy id of what is answered. */
export async function whose(parts: WhoseParts, account: number, person: string, reply?: string): Promise<Whose> {
  const { store, directory } = parts
  const ties = (await store.ties(account, person)).filter(({ link }) => directory.links.has(link))
  const mutual = ties.filter(isMutual)
  const linkOf = ({ link }: Tie): Link => directory.links.get(link) as Link
  if (reply !== undefined && reply !== "") {
    const said = await saidBy(parts, account, person, reply)
    const tie = mutual.find(({ link }) => link === said)
    if (tie) return { k: "link", link: linkOf(tie), chosen: true }
    if (said !== undefined) return { k: "ended" }
  }
  if (mutual.length === 0) return { k: "nobody" }
  const last = ties.reduce<Tie | undefined>((a, b) => (b.pickedAt > Math.max(a?.pickedAt ?? 0, 0) ? b : a), undefined)
  const only = mutual.length === 1 ? mutual[0] : undefined
  // What was meant for somebody is not for whoever is left.
  const isLost = last ? !mutual.includes(last) : mutual.some(({ pickedAt }) => pickedAt === -1)
  if (isLost || (!last && !only)) return { k: "ask", among: mutual.map(linkOf) }
  return { k: "link", link: linkOf(last ?? (only as Tie)), chosen: last !== undefined }
}

/** Link of whose conversation a message is; undefined: of nobody's. What is just being sent counts. */
export async function saidBy(
  { store, directory, sender }: WhoseParts,
  account: number,
  person: string,
  legacyId: string,
): Promise<number | undefined> {
  const known = await store.linkOfMessage({ account, legacyUser: person, legacyId })
  if (known !== undefined) return known
  const busy = directory
    .linksOfAccount(account)
    .flatMap(({ id }) => directory.knownDirect(id, person)?.id ?? [])
    .filter((id) => sender.isBusy(id))
  if (busy.length === 0) return undefined
  await Promise.all(busy.map((id) => settled(sender.settled(id))))
  return store.linkOfMessage({ account, legacyUser: person, legacyId })
}
