// Rooms that the account is not in yet: joining one that is there, making a new one of nobody's.
import type { Manage, NetworkEvent, Room } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { kindOf, refusedBy } from "../errors.js"
import type { Link } from "../model.js"
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"
import type { RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"

/** The network's answer is waited for so long, and before it the session, in ms. */
const patienceMs = { answer: 30_000, session: 5000 }

interface BeginParts extends Pick<RoomParts, "accounts" | "capabilities" | "name" | "registry" | "log"> {
  emit(account: number, event: NetworkEvent): Promise<void>
}

/** What `RoomService.begin` says. Throws `Refusal`. */
export async function begin(
  { accounts, capabilities, name, registry, log, emit }: BeginParts,
  { role, accountId }: Pick<Link, "role" | "accountId">,
  what: { do: "join"; room: string; password?: string } | { do: "create"; name: string },
): Promise<RoomRow | undefined> {
  const network = { network: name }
  if (capabilities.manage?.can.includes(what.do) !== true)
    throw new Refusal("feature-not-implemented", words("On {network} the gateway cannot do that.", network))
  if (role !== "owner")
    throw new Refusal("forbidden", words("Only who has an account of their own on {network} can do that.", network), "auth")
  const live = await accounts.soonLive(accountId, patienceMs.session)
  if (!live)
    throw new Refusal("remote-server-timeout", accounts.state(accountId).text || words("{network} cannot be asked now.", network), "wait")
  const op: { room: string } & Manage =
    what.do === "join"
      ? { do: "join", room: what.room, ...(what.password !== undefined && { password: what.password }) }
      : { do: "create", room: "", new: { kind: "group", name: what.name } }
  let room: Room | undefined
  try {
    const signal = AbortSignal.any([live.signal, AbortSignal.timeout(patienceMs.answer)])
    room = (await live.session.manage?.(op, signal))?.room
  } catch (error) {
    if (!(error instanceof AdapterError) && kindOf(error) === "bug") log.error({ err: error, do: what.do }, "a bug while entering a room")
    const { type, condition, text } = refusedBy(error, name)
    throw new Refusal(condition, text, type)
  }
  if (room) await emit(accountId, { type: "room", room: { ...(what.do === "create" && op.do === "create" ? op.new : {}), ...room } })
  return room && registry.find(accountId, room.id)
}
