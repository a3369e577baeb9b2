// Commands about rooms, for clients that have no windows for such things: which there are, leaving, inviting, topics.
import { Refusal } from "../ports.js"
import type { RoomView } from "../rooms/ports.js"
import { howToRegister, type Command } from "./command.js"
import { read } from "../styling/read.js"
import { addressOf, nameOf, rest, roomCommand, sure, type RoomCall } from "./room.js"

/** A chat message that scrolls for ever helps nobody. */
const shown = 200

const nothing = "Nothing was changed."

export const rooms: Command = {
  name: "rooms",
  title: "Rooms",
  text: "Lists the rooms you can enter, with their addresses.",
  // The configuration opens rooms also to who never registered.
  needs: "anyone",
  async run({ user, service }) {
    const views = await service.rooms.visible(user)
    if (views.length === 0 && service.linksOf(user).length === 0) return howToRegister(service)
    if (views.length === 0) return `There are no rooms of ${service.name} for you yet.`
    const children = new Map<number | null, RoomView[]>()
    const known = new Set(views.map(({ room }) => room.id))
    for (const view of views) {
      const { parentId } = view.room
      const parent = parentId !== null && known.has(parentId) ? parentId : null
      children.set(parent, [...(children.get(parent) ?? []), view])
    }
    const lines: string[] = []
    const list = (parent: number | null, indent: string): void => {
      const sorted = [...(children.get(parent) ?? [])].sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
      for (const view of sorted) {
        const state =
          view.room.state === "gone"
            ? " (left)"
            : view.room.facts.archived
              ? view.room.facts.archived === "idle"
                ? " (archived)"
                : " (closed)"
              : ""
        lines.push(`${indent}${nameOf(view)}${state}: ${addressOf(service, view)}`)
        list(view.room.id, `${indent}– `)
      }
    }
    list(null, "")
    const more = lines.length - shown
    return [...lines.slice(0, shown), ...(more > 0 ? [`… and ${more} more.`] : [])].join("\n")
  },
}

const leaveRoom = roomCommand({
  name: "leave-room",
  title: "Leave a room",
  text: "Takes your account out of the group on the network.",
  async run(at) {
    const { service } = at.call
    const { view } = at
    if (view.link.role !== "owner")
      throw new Refusal("forbidden", "This group is of the gateway's own account. To go, leave the room in your client.", "auth")
    // People are in the whole group: who asks is better told before anything else is asked.
    if (view.room.kind === "topic")
      throw new Refusal("not-allowed", "A topic cannot be left by itself: leave its group, or delete the topic.")
    const text = `Your account on ${service.name} leaves ${nameOf(view)} for good, for everybody who uses it from here.`
    if (!(await sure(at, `Leave ${nameOf(view)}`, text))) return nothing
    await service.rooms.abandon(view, false)
    return `Your account has left ${nameOf(view)}.`
  },
})

const inviteLink = roomCommand({
  name: "invite-link",
  title: "Get an invite link",
  text: "Makes a link by which people of the network can join.",
  does: "invite",
  async run({ call: { service }, view }) {
    const { link } = await service.rooms.manage(view, { do: "invite" })
    return link === undefined ? `${service.name} gave no link.` : `By this link people can join ${nameOf(view)}: ${link}`
  },
})

const renameRoom = roomCommand({
  name: "rename-room",
  title: "Rename a room",
  text: "Gives a group or topic another name.",
  wants: "NAME",
  does: "name",
  async run(at) {
    const text = await rest(at, `Rename ${nameOf(at.view)}`, "New name")
    await at.call.service.rooms.manage(at.view, { do: "name", text })
    return `It is called ${text} now.`
  },
})

const createTopic = roomCommand({
  name: "create-topic",
  title: "Create a topic or room",
  text: "Makes a new topic in a group, or a new room in a place for rooms.",
  wants: "NAME",
  does: "create",
  async run(at) {
    const { service } = at.call
    const { view } = at
    if (view.room.kind === "topic") throw new Refusal("not-acceptable", "A topic has no topics: name the group.", "modify")
    const inside = view.room.kind === "container"
    const what = inside ? "room" : "topic"
    const name = await rest(at, `New ${what} in ${nameOf(view)}`, "Name")
    // What can be made there is the network's to say; what begins with a message is not made without.
    const first = inside ? await firstMessage(at, name) : ""
    const { room } = await service.rooms.manage(view, {
      do: "create",
      new: { ...(!inside && { kind: "topic" }), name },
      ...(first !== "" && { first: read(first, service.capabilities.send.formatting) }),
    })
    return room ? `The ${what} ${name} is ${addressOf(service, { ...view, room })}.` : `The ${what} ${name} was made.`
  },
})

/** «»: without one. */
async function firstMessage({ call: { ask, service } }: RoomCall, name: string): Promise<string> {
  const { first = "" } = await ask({
    title: name,
    text: `Where ${service.name} wants a first message for it, write it here; else a single «-».`,
    fields: [{ name: "first", label: "First message" }],
  })
  return first.trim() === "-" ? "" : first
}

const closeTopic = roomCommand({
  name: "close-topic",
  title: "Close a topic",
  text: "Lets nobody write in a topic any more.",
  does: "close",
  async run({ call: { service }, view }) {
    await service.rooms.manage(view, { do: "close" })
    return `${nameOf(view)} is closed.`
  },
})

const reopenTopic = roomCommand({
  name: "reopen-topic",
  title: "Reopen a topic",
  text: "Opens a closed topic again.",
  does: "reopen",
  async run({ call: { service }, view }) {
    await service.rooms.manage(view, { do: "reopen" })
    return `${nameOf(view)} is open again.`
  },
})

const deleteRoom = roomCommand({
  name: "delete-room",
  title: "Delete a room",
  text: "Deletes a group or topic with all its messages, for everybody.",
  does: "destroy",
  async run(at) {
    const { view } = at
    const { service } = at.call
    if (view.affiliation !== "owner") throw new Refusal("forbidden", "Only an owner of the room may do that.", "auth")
    const text = `${nameOf(view)} and all that was said in it will be gone on ${service.name} as well. This cannot be undone.`
    if (!(await sure(at, `Delete ${nameOf(view)}`, text))) return nothing
    await service.rooms.abandon(view, true)
    return `${nameOf(view)} was deleted.`
  },
})

export const roomCommands: readonly Command[] = [rooms, leaveRoom, inviteLink, renameRoom, createTopic, closeTopic, reopenTopic, deleteRoom]
