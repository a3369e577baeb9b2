// Bridges from the foreign side: who runs a room agrees in the room itself, or ends what was agreed there.
import type { ForeignAnswer, ForeignCall, ForeignCommand } from "../commands/foreign.js"
import type { Redeemer, Redemption } from "../identity/redemption.js"
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"
import { actorOf, notBridged, type Agreements, type Spot } from "./agreements.js"
import type { Asker, Side } from "./side.js"

const notRunning = (room: string): Refusal =>
  new Refusal("forbidden", words("Only an owner or admin of {room} can do that.", { room }), "auth")

/** Where it was said, by whom. Throws `Refusal`. */
async function spotOf(side: Side, { account, chat, from }: ForeignCall): Promise<{ spot: Spot; who: Asker }> {
  const room = "room" in chat ? await side.known(account.id, chat.room) : undefined
  if (!room) throw new Refusal("item-not-found", words("Say this in the room that is to be bridged."))
  return { spot: { side, room }, who: { person: from.id, account: account.id } }
}

async function mustRun({ side, room }: Spot, who: Asker): Promise<void> {
  if (await side.runs(room, who)) return
  side.note(actorOf(who), "bridge refused", { room: room.legacyId })
  throw notRunning(room.name ?? room.legacyId)
}

export function foreignBridges(side: Side, agreements: Agreements, redemption: Pick<Redemption, "on" | "redeem">): ForeignCommand[] {
  const redeem: Redeemer = async (call, ticket) => {
    const { spot, who } = await spotOf(side, call)
    try {
      await mustRun(spot, who)
    } catch (error) {
      // All who are in the room may have seen it, and some of them run rooms of their own.
      if (error instanceof Refusal && error.error.condition === "forbidden") await agreements.void(ticket)
      throw error
    }
    return agreements.redeem(ticket, spot, who)
  }
  redemption.on("bridge", redeem)
  return [
    {
      name: "bridge",
      text: words("Bridges this room with another, by the code of its other side. For owners and admins."),
      argument: "CODE",
      where: "rooms",
      run: (call): Promise<ForeignAnswer> => {
        if (call.argument === "")
          return Promise.resolve(
            words(
              "Who runs the other room asks the gateway in XMPP for a code, with its command «bridge». Then an owner or admin says here: bridge CODE",
            ),
          )
        return redemption.redeem(call.argument, call)
      },
    },
    {
      name: "unbridge",
      text: words("Ends the bridge of this room. For owners and admins."),
      where: "rooms",
      run: async (call) => {
        const { spot, who } = await spotOf(side, call)
        if (!agreements.exchange.of(spot.room.id)) throw notBridged(spot.room)
        await mustRun(spot, who)
        return agreements.part(spot, actorOf(who))
      },
    },
  ]
}
