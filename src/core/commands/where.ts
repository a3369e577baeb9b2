// `where`: what became of a message, by its id; for users of their own messages, for administrators of all.
import type { Whereabouts } from "../admin/store.js"
import { Refusal } from "../ports.js"
import { words, type Said } from "../words/words.js"
import { when } from "./admin/parts.js"
import { toRegistered, type Command } from "./command.js"

/** A network's id may be that of several messages, in several chats. */
const most = 10

export const where: Command = {
  name: "where",
  title: words("Where is my message?"),
  text: words("Tells what became of a message: of your last one, or by the id that your client shows."),
  argument: "ID",
  needs: "anyone",
  offered: toRegistered,
  async run({ user, service, argument }) {
    const id = argument.slice(0, 1000)
    const by = service.isAdmin(user) && id !== "" ? null : user
    const found = await service.admin.whereabouts({ id, by, limit: most })
    if (found.length === 0)
      throw new Refusal(
        "item-not-found",
        id === "" ? words("Nothing that you said is known here.") : words("No message with this id is known here, or it is not yours."),
      )
    return found.flatMap((one) => told(one))
  },
}

function told({ message, at, sender, room, legacyChat, legacyId, parts, sent, retracted, rows }: Whereabouts): Said[] {
  const place = room
    ? words("room {chat}", { chat: legacyChat })
    : words("chat with {chat}", { chat: legacyChat === "" ? words("the gateway") : legacyChat })
  const lines: Said[] = [words("{message}: said {at} by {sender}, {place}.", { message, at: when(at), sender, place })]
  if (retracted) lines.push(words("It was taken back."))
  if (legacyId !== null && parts <= 1) lines.push(words("The network has it as {id}.", { id: legacyId }))
  else if (sent > 0) lines.push(words("The network has {sent} of its {parts} parts.", { sent, parts }))
  for (const { lane, state, attempts, due, error } of rows) {
    const out = lane.startsWith("out:")
    const what =
      state === "dead"
        ? words("Given up after {attempts} attempts.", { attempts })
        : state === "sending"
          ? words("Just being sent.")
          : due > Date.now()
            ? words("Tried {attempts} times, again at {due}.", { attempts, due: when(due) })
            : out
              ? words("Waits to be sent to the network.")
              : words("Waits to be delivered to XMPP.")
    lines.push(error === null ? what : words("{what} The last answer was: {error}", { what, error }))
  }
  if (rows.length === 0 && legacyId === null && sent === 0 && !retracted)
    lines.push(words("Nothing of it waits, and the network has nothing of it."))
  return lines
}
