// Commands about rooms, for clients that have no windows for such things: which there are, leaving, inviting, topics.
import { Refusal } from "../ports.js"
import type { RoomView } from "../rooms/ports.js"
import { createRoom, join } from "./enter.js"
import { read } from "../styling/read.js"
import { words, type Said, type Words } from "../words/words.js"
import { howToRegister, nothingChanged, type Command } from "./command.js"
import { addressOf, nameOf, rest, roomCommand, sure, type RoomCall } from "./room.js"
import { mostShown, shownOf } from "./rows.js"

const tooLong = words("(its address is too long for XMPP)")

export const rooms: Command = {
  name: "rooms",
  title: words("Rooms"),
  text: words("Lists the rooms you can enter, with their addresses."),
  // The configuration opens rooms also to who never registered.
  needs: "anyone",
  section: "rooms",
  async run({ user, service }) {
    const views = await service.rooms.visible(user)
    if (views.length === 0 && service.linksOf(user).length === 0) return howToRegister(service)
    if (views.length === 0) return words("There are no rooms of {network} for you yet.", { network: service.name })
    const children = new Map<number | null, RoomView[]>()
    const known = new Set(views.map(({ room }) => room.id))
    for (const view of views) {
      const { parentId } = view.room
      const parent = parentId !== null && known.has(parentId) ? parentId : null
      children.set(parent, [...(children.get(parent) ?? []), view])
    }
    const lines: Said[] = []
    const rows: Record<string, Said>[] = []
    const list = (parent: number | null, indent: string): void => {
      const sorted = [...(children.get(parent) ?? [])].sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
      for (const view of sorted) {
        const state = stateOf(view)
        const name = nameOf(view)
        const jid = addressOf(service, view) || tooLong
        lines.push(
          state === undefined
            ? words("{name}: {jid}", { name: `${indent}${name}`, jid })
            : words("{name} ({state}): {jid}", { name: `${indent}${name}`, state, jid }),
        )
        rows.push({ name: `${indent}${name}`, state: state ?? "", jid })
        list(view.room.id, `${indent}– `)
      }
    }
    list(null, "")
    const columns = [
      { name: "name", label: words("Name") },
      { name: "state", label: words("State") },
      { name: "jid", label: words("Address"), jid: true },
    ] as const
    return { text: shownOf(lines), table: { columns, rows: rows.slice(0, mostShown) } }
  },
}

/** Undefined: nothing is to be said of it. */
function stateOf({ room: { state, facts } }: RoomView): Words | undefined {
  if (state === "gone") return words("left")
  if (!facts.archived) return undefined
  return facts.archived === "idle" ? words("archived") : words("closed")
}

const leaveRoom = roomCommand({
  name: "leave-room",
  aliases: ["leave"],
  title: words("Leave a room"),
  text: words("Takes your account out of the group on the network."),
  async run(at) {
    const { service } = at.call
    const { view } = at
    if (view.link.role !== "owner")
      throw new Refusal("forbidden", words("This group is of the gateway's own account. To go, leave the room in your client."), "auth")
    // People are in the whole group: who asks is better told before anything else is asked.
    if (view.room.kind === "topic")
      throw new Refusal("not-allowed", words("A topic cannot be left by itself: leave its group, or delete the topic."))
    const room = nameOf(view)
    const text = words("Your account on {network} leaves {room} for good, for everybody who uses it from here.", {
      network: service.name,
      room,
    })
    if (!(await sure(at, words("Leave {room}", { room }), text))) return nothingChanged
    await service.rooms.abandon(view, false)
    return words("Your account has left {room}.", { room })
  },
})

const inviteLink = roomCommand({
  name: "invite-link",
  title: words("Get an invite link"),
  text: words("Makes a link by which people of the network can join."),
  does: "invite",
  async run({ call: { service }, view }) {
    const { link } = await service.rooms.manage(view, { do: "invite" })
    return link === undefined
      ? words("{network} gave no link.", { network: service.name })
      : words("By this link people can join {room}: {link}", { room: nameOf(view), link })
  },
})

const renameRoom = roomCommand({
  name: "rename-room",
  title: words("Rename a room"),
  text: words("Gives a group or topic another name."),
  wants: "NAME",
  does: "name",
  async run(at) {
    const text = await rest(at, words("Rename {room}", { room: nameOf(at.view) }), words("New name"))
    await at.call.service.rooms.manage(at.view, { do: "name", text })
    return words("It is called {name} now.", { name: text })
  },
})

const createTopic = roomCommand({
  name: "create-topic",
  title: words("Create a topic or room"),
  text: words("Makes a new topic in a group, or a new room in a place for rooms."),
  wants: "NAME",
  does: "create",
  async run(at) {
    const { service } = at.call
    const { view } = at
    if (view.room.kind === "topic") throw new Refusal("not-acceptable", words("A topic has no topics: name the group."), "modify")
    const inside = view.room.kind === "container"
    const parent = { room: nameOf(view) }
    const name = await rest(at, inside ? words("New room in {room}", parent) : words("New topic in {room}", parent), words("Name"))
    // What can be made there is the network's to say; what begins with a message is not made without.
    const first = inside ? await firstMessage(at, name) : ""
    const { room } = await service.rooms.manage(view, {
      do: "create",
      new: { ...(!inside && { kind: "topic" }), name },
      ...(first !== "" && { first: read(first, service.capabilities.send.formatting) }),
    })
    if (!room) return inside ? words("The room {name} was made.", { name }) : words("The topic {name} was made.", { name })
    const made = { name, jid: addressOf(service, { ...view, room }) || tooLong }
    return inside ? words("The room {name} is {jid}.", made) : words("The topic {name} is {jid}.", made)
  },
})

/** «»: without one. */
async function firstMessage({ call: { ask, service } }: RoomCall, name: string): Promise<string> {
  const { first = "" } = await ask({
    title: name,
    text: words("Where {network} wants a first message for it, write it here; else a single «-».", { network: service.name }),
    fields: [{ name: "first", label: words("First message"), optional: true }],
  })
  return first.trim() === "-" ? "" : first
}

const closeTopic = roomCommand({
  name: "close-topic",
  title: words("Close a topic"),
  text: words("Lets nobody write in a topic any more."),
  does: "close",
  async run({ call: { service }, view }) {
    await service.rooms.manage(view, { do: "close" })
    return words("{room} is closed.", { room: nameOf(view) })
  },
})

const reopenTopic = roomCommand({
  name: "reopen-topic",
  title: words("Reopen a topic"),
  text: words("Opens a closed topic again."),
  does: "reopen",
  async run({ call: { service }, view }) {
    await service.rooms.manage(view, { do: "reopen" })
    return words("{room} is open again.", { room: nameOf(view) })
  },
})

const deleteRoom = roomCommand({
  name: "delete-room",
  title: words("Delete a room"),
  text: words("Deletes a group or topic with all its messages, for everybody."),
  does: "destroy",
  async run(at) {
    const { view } = at
    const { service } = at.call
    if (view.affiliation !== "owner") throw new Refusal("forbidden", words("Only an owner of the room may do that."), "auth")
    const room = nameOf(view)
    const text = words("{room} and all that was said in it will be gone on {network} as well. This cannot be undone.", {
      room,
      network: service.name,
    })
    if (!(await sure(at, words("Delete {room}", { room }), text))) return nothingChanged
    await service.rooms.abandon(view, true)
    return words("{room} was deleted.", { room })
  },
})

export const roomCommands: readonly Command[] = [
  rooms,
  join,
  createRoom,
  leaveRoom,
  inviteLink,
  renameRoom,
  createTopic,
  closeTopic,
  reopenTopic,
  deleteRoom,
]
