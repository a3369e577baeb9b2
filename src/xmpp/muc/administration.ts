// Everything that changes a room, or brings people into it, put together for the service (index.ts).
import type { Participant, RoomRow } from "../../core/rooms/model.js"
import type { RoomChange } from "../../core/rooms/ports.js"
import type { Pressure } from "../features/pressure.js"
import type { Privileges } from "../features/privileges.js"
import type { Draft } from "../payload/draft.js"
import { refuse } from "../router.js"
import type { Context, Feature, Incoming } from "../types.js"
import { createAdmin } from "./admin.js"
import { Announcements } from "./announce.js"
import { Bookmarks, bookmarks } from "./bookmarks.js"
import { directInvitation } from "./invitation.js"
import { handleInvites, invitesOf } from "./invite.js"
import { moderation } from "./moderation.js"
import { createOwners, type Ending } from "./owner.js"
import { Ration } from "./ration.js"
import { createRoomRegistration } from "./register.js"
import { changeSubject } from "./subject.js"
import type { Hall, Occupant } from "./types.js"
import { isVoiceRequest, requestVoice } from "./voice.js"

export interface AdministrationParts {
  context: Context
  hall: Hall
  pressure: Pressure
  privileges: Pick<Privileges, "ask" | "mayAsk">
  /** Clients of a user of ours that are in the room have another nick now. */
  renamed(room: number, participant: Participant): void
}

export interface Administration {
  readonly features: readonly Feature[]
  /** A message of type groupchat with a subject and no body. */
  subject(incoming: Incoming, occupant: Occupant, draft: Draft): void
  /** A message to the room itself, not of type groupchat. False: it is nothing of ours. */
  mediated(incoming: Incoming): boolean
  told(room: RoomRow, change: RoomChange): void
  /** What an owner said who is destroying the room. */
  endingOf(room: number): Ending | undefined
  streamUp(): void
}

export function createAdministration({ context, hall, pressure, privileges, renamed }: AdministrationParts): Administration {
  const owners = createOwners()
  const invitations = new Ration()
  const announcements = new Announcements(context, new Bookmarks(context, privileges))

  function answered({ el }: Incoming, work: Promise<void>): void {
    pressure.while(work.catch((error: unknown) => context.send(refuse(context, el, error))))
  }

  return {
    features: [createAdmin(hall), owners.feature, moderation, createRoomRegistration({ hall, renamed }), bookmarks, directInvitation],
    subject(incoming, occupant, draft) {
      // §8.1: beside a thread it is no change of subject.
      if (!incoming.el.getChild("thread")) answered(incoming, changeSubject(context, occupant, draft))
    },
    mediated(incoming) {
      const x = invitesOf(incoming)
      if (x) answered(incoming, handleInvites(context, invitations, incoming, x))
      else if (isVoiceRequest(incoming)) answered(incoming, requestVoice(context, incoming))
      else return false
      return true
    },
    told: (room, change) => announcements.changed(room, change),
    endingOf: owners.endingOf,
    streamUp: () => announcements.streamUp(),
  }
}
