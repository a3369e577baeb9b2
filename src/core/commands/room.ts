// A command about one room: which room is meant, and whether the network lets the account do it there.
import type { Manage } from "../../adapter/contract.js"
import { roomJid } from "../address.js"
import { Refusal, type Service } from "../ports.js"
import type { RoomView } from "../rooms/ports.js"
import { words, type Said } from "../words/words.js"
import type { Answer } from "./ask.js"
import { yesOrNo, type Command, type CommandCall } from "./command.js"

/** What a command is run with: the room, and what was said behind it. */
export interface RoomCall {
  call: CommandCall
  view: RoomView
  rest: string
}

interface RoomCommand extends Pick<Command, "name" | "title" | "text" | "aliases"> {
  /** What is wanted behind the room, for help. */
  wants?: string
  /** What the network must be able to do for the command to be there. */
  does?: Manage["do"]
  run(call: RoomCall): Promise<Answer>
}

export function roomCommand({ wants, does, run, ...rest }: RoomCommand): Command {
  return {
    ...rest,
    argument: wants === undefined ? "ROOM" : `ROOM ${wants}`,
    needs: "user",
    section: "rooms",
    room: true,
    offered: ({ capabilities }) => does === undefined || capabilities.manage?.can.includes(does) === true,
    async run(call) {
      const { view: known, rest: behind } = await pick(call)
      const view = does === undefined || known.can.has(does) ? known : await asked(call, known)
      if (does !== undefined && !view.can.has(does))
        throw new Refusal("forbidden", words("The account has no right to do that in {room}.", { room: nameOf(view) }), "auth")
      return run({ call, view, rest: behind })
    },
  }
}

/** Of a room that nobody entered yet, containers above all, the network may not have been asked what the account can do there. */
async function asked({ user, service }: CommandCall, { room, link }: RoomView): Promise<RoomView> {
  return service.rooms.view(user, room.legacyId, link.tag, true)
}

/** «»: it is too long for XMPP. */
export function addressOf({ domain }: Service, { room, link }: RoomView): string {
  return roomJid(domain, room.legacyId, link.tag) ?? ""
}

export function nameOf({ room }: RoomView): string {
  return room.name ?? room.legacyId
}

/** Longer lists are no choice any more. */
const choices = 30

async function pick({ user, service, argument, ask }: CommandCall): Promise<{ view: RoomView; rest: string }> {
  const views = await service.rooms.visible(user)
  if (views.length === 0) throw new Refusal("item-not-found", words("There are no rooms of {network} for you.", { network: service.name }))
  if (argument !== "") return find(service, views, argument)
  const labels = new Map(views.map((view) => [`${nameOf(view)} (${addressOf(service, view)})`, view]))
  const options = labels.size <= choices ? { options: [...labels.keys()] } : {}
  const { room = "" } = await ask({
    title: words("Which room?"),
    ...(labels.size > choices && { text: words("Its name or its address.") }),
    fields: [{ name: "room", label: words("Room"), ...options }],
  })
  const view = labels.get(room)
  return view ? { view, rest: "" } : find(service, views, room)
}

function find(service: Service, views: readonly RoomView[], text: string): { view: RoomView; rest: string } {
  const found = search(service, views, text)
  if (!found) throw new Refusal("item-not-found", words("There is no such room for you. Write «rooms» to see them all."))
  return found
}

/** The room that is named so, with nothing behind it. Undefined: there is none for the user. */
export function found(service: Service, views: readonly RoomView[], text: string): RoomView | undefined {
  const one = search(service, views, text)
  return one?.rest === "" ? one.view : undefined
}

/** By its address, with or without the domain, or by its name; what follows is for the command. */
function search(service: Service, views: readonly RoomView[], text: string): { view: RoomView; rest: string } | undefined {
  const lower = text.toLowerCase()
  let best: { view: RoomView; length: number; sure: boolean } | undefined
  for (const view of views) {
    const address = addressOf(service, view)
    for (const word of [address, address.slice(0, -service.domain.length - 1), nameOf(view)]) {
      const length = word.length
      if (length === 0 || !lower.startsWith(word.toLowerCase()) || !/^(\s|$)/.test(text.slice(length))) continue
      if (!best || length > best.length) best = { view, length, sure: true }
      else if (length === best.length && best.view !== view) best.sure = false
    }
  }
  if (!best) return undefined
  if (!best.sure) throw new Refusal("conflict", words("Several rooms have this name. Use the address; «rooms» lists them."))
  return { view: best.view, rest: text.slice(best.length).trim() }
}

/** What a command still needs to know: said behind the room, or asked for. */
export async function rest({ call, rest: said }: RoomCall, title: Said, label: Said): Promise<string> {
  if (said !== "") return said
  return (await call.ask({ title, fields: [{ name: "value", label }] })).value ?? ""
}

/** Whether the user really wants it. */
export async function sure({ call, rest: said }: RoomCall, title: Said, text: Said): Promise<boolean> {
  if (said.toLowerCase() === "yes") return true
  return (await call.ask({ title, text, fields: [{ name: "sure", label: words("Are you sure?"), options: yesOrNo }] })).sure === "yes"
}
