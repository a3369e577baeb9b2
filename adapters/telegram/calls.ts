// Calls that concern a chat: explained when they fail, and what a failure says about the room is told at once.
import { type Api, TelegramApiError, type User } from "node-telegram-bot-api"
import { AdapterError, type ChatRef, type Host, type LegacyRoomId, type NetworkEvent } from "xferry"
import { explain } from "./errors.js"
import { isPerson, type Place, placeOf, roomId } from "./places.js"
import { redact } from "./redact.js"

/** After a group has become a supergroup: the core may know by then, as the event is committed meanwhile. Milliseconds. */
const afterMoveMs = 250

export class Calls {
  /** To be told of a business connection that is over. */
  lost: (login: string) => void = () => undefined

  constructor(
    readonly api: Api,
    readonly me: User,
    private readonly host: Pick<Host, "emit" | "log" | "signal">,
  ) {}

  /** Throws an AdapterError. `unsure`: carried out twice, it would be seen twice. */
  async at<T>(place: Place, run: () => Promise<T>, unsure = false): Promise<T> {
    try {
      return await run()
    } catch (error) {
      const room = place.chat < 0
      const problem = explain(error, { unsure, bot: this.me.username, room, login: place.login !== undefined })
      if (place.login !== undefined && problem.kind === "gone" && says(error, /connection/i)) this.lost(place.login)
      if (!room || !(error instanceof TelegramApiError)) throw problem
      const to = error.migrateToChatId
      if (to !== undefined) {
        this.#tell({ type: "moved", from: roomId(place.chat), to: roomId(to) })
        throw new AdapterError("retry", problem.message, { retryAfterMs: afterMoveMs, cause: problem.cause })
      }
      this.#learn(place, error, problem)
      throw problem
    }
  }

  /** The same where an answer of this kind means that it is so already. */
  async unless<T>(done: RegExp, place: Place, run: () => Promise<T>): Promise<T | undefined> {
    return this.at(place, () =>
      run().catch((error: unknown) => {
        if (says(error, done)) return undefined
        throw error
      }),
    )
  }

  #learn({ chat, thread }: Place, error: TelegramApiError, { kind }: AdapterError): void {
    const lost = kind === "gone" && /thread not found|TOPIC_/i.test(error.description)
    if (lost && thread !== undefined) return this.#tell({ type: "gone", room: roomId(chat, thread), why: "deleted" })
    if (/chat not found|CHANNEL_|was kicked|not a member/i.test(error.description) && kind === "gone")
      return this.#tell({ type: "gone", room: roomId(chat), why: "removed" })
    if (kind === "gone" && /chat was deleted/i.test(error.description))
      return this.#tell({ type: "gone", room: roomId(chat), why: "deleted" })
    if (/TOPIC_CLOSED/.test(error.description)) {
      return this.#tell({ type: "room", room: { id: roomId(chat, thread), archived: true } })
    }
    if (kind === "denied") this.#tell({ type: "access", room: roomId(chat, thread) })
  }

  /** Not awaited: the core may commit it only after the call that brought it has ended. */
  #tell(event: NetworkEvent): void {
    if (this.host.signal.aborted) return
    this.host.emit(event).catch((error: unknown) => this.host.log.debug({ reason: redact(String(error)) }, "an event was not committed"))
  }
}

export function says(error: unknown, description: RegExp): boolean {
  return error instanceof TelegramApiError && error.errorCode === 400 && description.test(error.description)
}

/** Where a chat of the core's is; throws `gone` for what cannot be one of Telegram's. */
export function placeIn(chat: ChatRef): Place {
  if ("room" in chat) return roomPlace(chat.room)
  if (!isPerson(chat.user)) throw new AdapterError("gone", "This is not the number of a person on Telegram.")
  return { chat: Number(chat.user), ...(chat.login !== undefined && { login: chat.login }) }
}

export function roomPlace(room: LegacyRoomId): Place {
  const place = placeOf(room)
  if (!place) throw new AdapterError("gone", "This is not the number of a group on Telegram.")
  return place
}
