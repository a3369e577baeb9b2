// Pure: who speaks in a leg for somebody of another: one name and one stable id a person.
import { candidates } from "../rooms/nick.js"
import type { Voice } from "../rooms/model.js"
import type { FullJid, Voiced } from "../model.js"
import { defaultName, type Bridge, type Leg } from "./model.js"

/** Where somebody speaks. */
export interface Place {
  /** Name of the network. */
  network: string
  /** Name of the room. */
  room: string
}

export interface SpeakerOf {
  /** By which the network is to know them. */
  voiced: Voiced
  /** By which the leg's own occupants see them. */
  voice: Voice
}

/** The name by the leg's or the bridge's template; the nick is made of it. */
export function speakerOf(by: Voice, from: Place, leg: Pick<Leg, "options">, bridge: Pick<Bridge, "options">): SpeakerOf {
  const template = leg.options.name ?? bridge.options.name ?? defaultName
  const name = called(template, by.name ?? by.nick, from)
  const nick = candidates(name, null, by.occupant).next().value
  return { voiced: { id: by.occupant, name }, voice: { nick, occupant: by.occupant, ...(name !== nick && { name }) } }
}

/** What stands in braces and is not known stays as it is. */
export function called(template: string, name: string, { network, room }: Place): string {
  const told = template.replaceAll(/\{(name|network|room)\}/g, (_, what: "name" | "network" | "room") => ({ name, network, room })[what])
  return told.trim() === "" ? name : told.trim()
}

/** Of whom reactions are kept, and to whom nothing is answered: nobody's address, with the name before its «@». */
export function fromOf({ id, name }: Voiced): FullJid {
  return `${name.replaceAll(/[@/]/g, " ")}@${id}.bridge.invalid/copy` as FullJid
}
