// A room's operations as the content of its messages: what live ones, the history at a join and the archive have in common. Pure.
import type { RoomOp, Voice } from "../../core/rooms/model.js"
import { namesFor } from "../payload/beside.js"
import * as correction from "../payload/correction.js"
import * as ids from "../payload/ids.js"
import * as nick from "../payload/nick.js"
import * as preview from "../payload/preview.js"
import * as reactions from "../payload/reactions.js"
import * as retraction from "../payload/retraction.js"
import * as words from "../payload/words.js"
import { pieces } from "../payload/write.js"
import { el, join, textEl, type Child, type Xml } from "../stanza.js"
import { occupantId } from "./items.js"
import type { Rendered, RenderRoomOp } from "./types.js"

type Said = Extract<RoomOp, { k: "said" }>
type Retracted = Extract<RoomOp, { k: "retracted" }>

export const render: RenderRoomOp = (op, address) => {
  const own = op.xmppId === undefined || op.xmppId === "" ? undefined : op.xmppId
  const id = own ?? op.id
  switch (op.k) {
    case "said":
      return from(op.by, id, [
        op.retracted ? tombstone(op.retracted, address) : said(op, address),
        op.replaces !== undefined && correction.write(op.replaces),
        // Of foreign people it is we who give it: by it clients know what is fastened to it (XEP-0422 §3.1).
        ids.write(id),
        stanzaId(op.id, address),
      ])
    case "retracted":
      return op.moderated || op.by === null ? moderated(op, id, address) : takenBack(op, id, address)
    case "reactions":
      return from(op.by, id, [reactions.write(op.target, op.emoji), own !== undefined && ids.write(own), stanzaId(op.id, address)])
    case "preview":
      return from(op.by, id, [preview.fasten(op.target, op.page), stanzaId(op.id, address)])
    case "subject":
      return from(op.by, id, [textEl("subject", op.text)])
  }
}

function from(by: Voice | null, id: string, children: readonly Child[]): Rendered {
  return { nick: by?.nick, id, inner: join([...children, by !== null && occupantId(by.occupant), nick.write(by?.name)]) }
}

function stanzaId(id: string, by: string): Xml {
  return el("stanza-id", { xmlns: "urn:xmpp:sid:0", id, by })
}

function jidOf(by: Voice | null, address: string): string {
  return by === null ? address : `${address}/${by.nick}`
}

function said({ text, rich, reply: answered }: Said, address: string): Xml {
  // One operation is one message: what is too long for it is cut.
  const [first = "", more] = pieces(text)
  const shown = more === undefined ? first : `${first}\n[…]`
  const to = answered?.nick === undefined ? undefined : `${address}/${answered.nick}`
  const share = { text, start: 0, end: first.length, names: namesFor(address, "room") }
  return words.write(shown, rich, answered && { ...answered, to }, share)
}

/** XEP-0424 §3, by its author. */
function takenBack(op: Retracted, id: string, address: string): Rendered {
  return from(op.by, id, [retraction.write(op.target), stanzaId(op.id, address)])
}

/** XEP-0425 §3.1: the room itself says so. */
function moderated({ target, by, why, id: archived }: Retracted, id: string, address: string): Rendered {
  const content = retraction.write(target, { by: jidOf(by, address), occupant: by?.occupant, why })
  return { nick: undefined, id, inner: join([content, stanzaId(archived, address)]) }
}

/** What is left in an archive (XEP-0424 §4, XEP-0425 §4). */
function tombstone({ id, by, at, moderated: byModerator, why }: NonNullable<Said["retracted"]>, address: string): Xml {
  return el(
    "retracted",
    { xmlns: retraction.nsRetract, id, stamp: new Date(at).toISOString() },
    byModerator && el("moderated", { xmlns: retraction.nsModerate, by: jidOf(by, address) }, by !== null && occupantId(by.occupant)),
    byModerator && why !== undefined && why !== "" && textEl("reason", why),
  )
}
