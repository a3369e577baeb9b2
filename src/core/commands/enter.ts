// `join` and `create-room`: into a room that is there, by an invitation to its address; and a new one.
import { Refusal } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import type { RoomView } from "../rooms/ports.js"
import { words, type Said } from "../words/words.js"
import { needLink, toRegistered, type Command, type CommandCall } from "./command.js"
import { addressOf, nameOf, found } from "./room.js"

/** Longer lists are no choice any more. */
const choices = 30

export const join: Command = {
  name: "join",
  title: words("Join a room"),
  text: words("Invites you into a room that is open to you; where the network lets you, into another by its name there."),
  argument: "ROOM",
  needs: "anyone",
  offered: toRegistered,
  section: "rooms",
  async run(call) {
    const { user, service } = call
    const views = (await service.rooms.visible(user)).filter(({ room }) => room.kind !== "container" && room.state === "open")
    const typed = call.argument === "" ? await which(call, views) : call.argument
    const known = found(service, views, typed)
    if (known) {
      service.rooms.invite(known)
      return invited(call, known)
    }
    if (service.capabilities.manage?.can.includes("join") !== true)
      throw new Refusal("item-not-found", words("There is no such room for you. Write «rooms» to see them all."))
    const link = needLink(service, user)
    const room = await service.rooms.begin(link, { do: "join", room: typed })
    return room
      ? entered(call, room)
      : words("Your account is asked to join {room}. It is among your rooms when it is in.", { room: typed })
  },
}

async function which({ ask, service }: CommandCall, views: readonly RoomView[]): Promise<string> {
  const options = views.map((view) => ({ value: addressOf(service, view), label: nameOf(view) })).filter(({ value }) => value !== "")
  const isList = options.length > 0 && options.length <= choices
  const { room = "" } = await ask({
    title: words("Which room?"),
    ...(!isList && { text: words("Its name or its address.") }),
    fields: [{ name: "room", label: words("Room"), ...(isList && { options }) }],
  })
  return room
}

function invited({ service }: CommandCall, view: RoomView): Said {
  return words("You are invited to {room}. Its address is {jid}.", { room: nameOf(view), jid: addressOf(service, view) })
}

async function entered(call: CommandCall, { legacyId }: RoomRow): Promise<Said> {
  const { tag } = needLink(call.service, call.user)
  const view = await call.service.rooms.view(call.user, legacyId, tag)
  return invited(call, view)
}

export const createRoom: Command = {
  name: "create-room",
  title: words("Create a room"),
  text: words("Makes a new group on the network, with your account in it."),
  argument: "NAME",
  aliases: ["create"],
  needs: "user",
  section: "rooms",
  offered: ({ capabilities }) => capabilities.manage?.can.includes("create") === true,
  async run(call) {
    const { service, user, ask, argument } = call
    const name =
      argument === ""
        ? ((await ask({ title: words("Create a room"), fields: [{ name: "name", label: words("Name") }] })).name ?? "")
        : argument
    const room = await service.rooms.begin(needLink(service, user), { do: "create", name })
    return room ? entered(call, room) : words("{name} was made.", { name })
  },
}
