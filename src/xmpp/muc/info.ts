// What a room tells of itself before one enters it (XEP-0045 §6.4): name, features, and the form with all the rest.
import type { RoomRow } from "../../core/rooms/model.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { subjectOf } from "../../core/rooms/subject.js"
import type { Info } from "../features/caps.js"
import { resultForm } from "../payload/forms.js"
import type { Xml } from "../stanza.js"
import type { Feature } from "../types.js"
import { mostHistory } from "./history.js"
import { nsMuc } from "./items.js"
import { subjectChange } from "./subject.js"
import { nsSpaces, parentForm, spaceIri } from "./spaces.js"

export interface RoomSurroundings {
  /** The group it belongs to, with its JID. */
  parent: { jid: string; room: RoomRow } | undefined
  hasChildren: boolean
  /** How many are in the room on both sides, as far as it is known. */
  occupants: number | undefined
}

/** Every room of a gateway is like this. */
const always = ["muc_persistent", "muc_membersonly", "muc_semianonymous", "muc_hidden", "muc_unsecured", `${nsMuc}#roominfo`]

export function roomInfo(view: RoomView, list: readonly Feature[], around: RoomSurroundings): { info: Info; forms: Xml[] } {
  const { room } = view
  const declared = list.flatMap(({ disco }) => (typeof disco?.room === "function" ? disco.room(view) : (disco?.room ?? [])))
  const { parent, hasChildren } = around
  const inSpace = parent !== undefined || hasChildren
  const features = [...always, isModerated(view) ? "muc_moderated" : "muc_unmoderated", ...declared, ...(inSpace ? [nsSpaces] : [])]
  return {
    info: {
      identities: [{ category: "conference", type: "text", ...(room.name !== null && { name: room.name }) }],
      features: [...new Set(features)].sort(),
      forms: list.flatMap(({ disco }) => disco?.roomForms?.(view) ?? []),
    },
    forms: [form(view, around), ...(parent ? [parentForm(parent.jid)] : [])],
  }
}

/** Whether there are people without voice in it. */
function isModerated({ room, role }: RoomView): boolean {
  return role === "visitor" || room.kind === "channel" || room.facts.limits?.send === false
}

function form({ room, can }: RoomView, { parent, occupants }: RoomSurroundings): Xml {
  const changes = subjectChange({ can, room }) !== undefined
  return resultForm(`${nsMuc}#roominfo`, {
    "muc#roomconfig_roomname": room.name ?? undefined,
    "muc#roominfo_description": describe(room, parent?.room),
    "muc#roominfo_subject": subjectOf(room) || undefined,
    "muc#roominfo_subjectmod": changes,
    "muc#roomconfig_changesubject": changes,
    "muc#roominfo_occupants": occupants,
    "muc#maxhistoryfetch": mostHistory,
    // XEP-0500 §4.
    "muc#roominfo_slow_mode_duration": room.facts.slowSeconds,
    "muc#roominfo_avatarhash": room.facts.avatar?.hash,
    ...(parent && { "muc#roomconfig_pubsub": spaceIri(parent.jid) }),
  })
}

/** Clients that know nothing of spaces are told in words where a room belongs. */
function describe({ topic }: RoomRow, parent: RoomRow | undefined): string | undefined {
  if (!parent) return topic ?? undefined
  const where = `Part of ${parent.name ?? parent.legacyId}.`
  return topic === null || topic === "" ? where : `${topic}\n${where}`
}
