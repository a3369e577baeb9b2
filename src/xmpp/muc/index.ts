// Rooms of one network towards XMPP (XEP-0045): all parts of the service, put together.
import type { FullJid } from "../../core/model.js"
import type { Participant } from "../../core/rooms/model.js"
import type { RoomFace } from "../../core/rooms/ports.js"
import type { Pressure } from "../features/pressure.js"
import type { Privileges } from "../features/privileges.js"
import type { Fence } from "../fence.js"
import type { Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { fallback } from "../payload/fallback.js"
import { reply } from "../payload/reply.js"
import { retraction } from "../payload/retraction.js"
import type { Disco } from "../features/disco.js"
import { createAdministration } from "./administration.js"
import { createArchive } from "./archive.js"
import { createRoomDisco } from "./disco.js"
import { MucFace } from "./face.js"
import { Ghosts } from "./ghosts.js"
import { RoomHall } from "./hall.js"
import { Joins } from "./join.js"
import { createPing } from "./ping.js"
import { RoomPresences } from "./presence.js"
import type { Stay } from "./stay.js"
import { resultSets } from "./rsm.js"
import { spaces } from "./spaces.js"
import { Talk } from "./talk.js"
import { isOfRoom, Tally } from "./tally.js"
import type { Hall } from "./types.js"
import { createCards } from "./vcard.js"
import { woven } from "./woven.js"

export interface MucParts {
  context: Context
  fence: Pick<Fence, "track">
  pressure: Pressure
  privileges: Pick<Privileges, "ask" | "mayAsk">
  /** What the presence of a foreign person has in it beside what the room says of them. */
  person(participant: Participant): Xml
}

export interface Muc {
  readonly hall: Hall
  readonly face: RoomFace
  readonly features: readonly Feature[]
  /** Service discovery of rooms, which tells of all features. */
  discovery(list: readonly Feature[], disco: Pick<Disco, "person" | "commands">): Feature
  message(incoming: Incoming): void
  presence(incoming: Incoming): void
  /** Who had joined when the gateway last ran has joined. Before the stream is up. */
  restore(): Promise<void>
  streamUp(): void
  streamDown(): void
  /** Tells everybody who is in a room that the service ends (XEP-0045 §11.2). */
  farewell(): void
  /** A client went off-line. */
  gone(full: FullJid): void
  /** Tokens that the fence confirmed → rows that are delivered; tokens that are not of rooms are passed on. */
  confirmed(tokens: readonly string[]): string[]
  /** A domain does not confirm: its clients are taken out, and nothing waits for them any more. Tokens that are not of rooms come back. */
  stuck(domain: string, tokens: readonly string[]): readonly string[]
}

export function createMuc({ context, fence, pressure, privileges, person }: MucParts): Muc {
  const { service } = context
  const tally = new Tally()
  const done = (tokens: readonly string[]): void => {
    const rows = tally.confirmed(tokens)
    if (rows.length > 0) queueMicrotask(() => service.delivered(rows))
  }
  const hall = new RoomHall({ context, person, dropped: done })

  /** History and subject are out: what came meanwhile follows, but for what was history. */
  function settle(stay: Stay): void {
    const { held = [] } = stay
    stay.held = undefined
    for (const { xml, pos, token } of held) {
      if (pos !== undefined && pos <= stay.upto) {
        if (token !== undefined) done([token])
        continue
      }
      context.send(xml)
      if (token !== undefined) fence.track(stay.domain, token)
    }
  }

  const presences = new RoomPresences(context, hall, () => joins)
  const joins: Joins = new Joins({ context, hall, settle, rename: (stay, nick) => presences.rename(stay, nick) })
  const administration = createAdministration({
    context,
    hall,
    pressure,
    privileges,
    renamed(room, participant) {
      const floor = hall.floor(room)
      if (floor && participant.user !== null) hall.renameUser(floor, participant.user, participant)
    },
  })
  const talk = new Talk({ context, hall, pressure, presences, administration })
  const face = new MucFace({ context, hall, tally, fence, administration })
  const ghosts = new Ghosts(context, hall)
  const discoverable = [resultSets, spaces, createArchive(), ...createCards(hall)]

  return {
    hall,
    face,
    features: [...woven, fallback, reply, retraction, ...createPing(hall), ...administration.features, ...discoverable],
    discovery: (list, disco) => createRoomDisco({ hall, list, disco }),
    message: (incoming) => talk.handle(incoming),
    presence: (incoming) => presences.handle(incoming),
    restore: () => ghosts.restore(),
    streamUp() {
      hall.streamUp()
      joins.streamUp()
      ghosts.streamUp()
      administration.streamUp()
    },
    streamDown() {
      tally.reset()
      face.streamDown()
      hall.streamDown()
    },
    farewell: () => hall.close(),
    gone: (full) => presences.gone(full),
    confirmed: (tokens) => tally.confirmed(tokens),
    stuck(domain, tokens) {
      for (const { room } of [...hall.floors()]) hall.remove(room.id, (stay) => stay.domain === domain, { status: [333] })
      const rows = tally.stuck(domain, tokens)
      if (rows.length > 0) service.delivered(rows)
      return tokens.filter((token) => !isOfRoom(token))
    },
  }
}
