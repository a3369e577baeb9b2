// What the session knows of rooms beyond one update: introduces a room before the first word from it, asks Telegram once for the rest.
import type { Chat, ChatFullInfo, ChatMember, Message, Update } from "node-telegram-bot-api"
import type { Host, LegacyRoomId, NetworkEvent, Room } from "xferry"
import { type Calls, roomPlace, says } from "./calls.js"
import { nameOf } from "./people.js"
import { isBasic, isRoom, type Place, placeOf, roomId, threadOf } from "./places.js"
import { redact } from "./redact.js"
import { chatPicture } from "./faces.js"
import { reactionLimits } from "./reactions.js"
import { isAdmin, limitsOf, topicLimitsOf } from "./rights.js"
import { messageOf } from "./updates.js"

/** As many titles are remembered; a room that is forgotten is merely introduced again. */
const remembered = 2000

/** What Telegram tells of a topic only when it changes, and to nobody who asks. */
interface TopicFacts {
  name?: string
  closed?: boolean
  /** The core knows what the bot may do in it. */
  seen?: boolean
}

const privacy =
  "In this group the bot sees only commands, answers to its own messages, and who comes and goes: @BotFather has its privacy mode on. " +
  "Make the bot an administrator here, or send /setprivacy to @BotFather, choose «Disable», and then remove the bot from the group and add it again."

export class Rooms {
  /** Title by room, as last told. */
  readonly #told = new Map<LegacyRoomId, string>()
  /** What need not be looked at again in this session. */
  readonly #looked = new Set<LegacyRoomId>()

  constructor(
    private readonly calls: Calls,
    private readonly host: Host,
  ) {}

  /** What an update comes to, with what must be known before it, and after it. */
  async complete(update: Update, events: NetworkEvent[]): Promise<NetworkEvent[]> {
    const kept = (await Promise.all(events.map((event) => this.#checked(event)))).flat()
    const message = messageOf(update)
    const chat = message?.chat ?? ("my_chat_member" in update ? update.my_chat_member.chat : undefined)
    if (!chat || !isRoom(chat)) return kept
    for (const event of kept) await this.#learn(event)
    if (kept.some(({ type }) => type === "moved" || type === "gone")) return kept
    const before = message ? await this.#introduce(message, kept) : []
    const after = await this.#look(chat, message && threadOf(message), "my_chat_member" in update)
    return [...before, ...kept, ...after]
  }

  /** Asks Telegram. Throws an AdapterError. */
  async room(id: LegacyRoomId, signal: AbortSignal): Promise<Room> {
    const { thread, ...place } = roomPlace(id)
    const { chat, self } = await this.#ask(place, signal)
    return thread === undefined ? this.#group(chat, self, signal) : this.#topic(thread, chat, self)
  }

  async #ask(place: Place, signal: AbortSignal): Promise<{ chat: ChatFullInfo; self: ChatMember }> {
    const { calls } = this
    const chat_id = place.chat
    return calls.at(place, async () => {
      const chat = await calls.api.getChat({ chat_id }, signal)
      return { chat, self: await calls.api.getChatMember({ chat_id, user_id: calls.me.id }, signal) }
    })
  }

  async #group(chat: ChatFullInfo, self: ChatMember, signal: AbortSignal): Promise<Room> {
    // A channel may keep its number to itself.
    const count = await this.calls.api.getChatMemberCount({ chat_id: chat.id }, signal).catch(() => undefined)
    const { closed } = await this.topic(roomId(chat.id))
    return {
      ...outlineOf(chat),
      topic: chat.description ?? "",
      avatar: chatPicture(chat),
      ...(count !== undefined && { memberCount: count }),
      ...(chat.type === "supergroup" && { slowSeconds: chat.slow_mode_delay ?? 0 }),
      ...(chat.is_forum === true && { archived: closed === true }),
      limits: { ...limitsOf(chat, self, chat.permissions), ...reactionLimits(chat) },
    }
  }

  async #topic(thread: number, chat: ChatFullInfo, self: ChatMember): Promise<Room> {
    const id = roomId(chat.id, thread)
    const { name, closed } = await this.topic(id)
    const limits = { ...topicLimitsOf(chat, self, chat.permissions), ...reactionLimits(chat) }
    return { id, kind: "topic", parent: roomId(chat.id), ...(name !== undefined && { name }), archived: closed === true, limits }
  }

  /** Of the group's own id: General. */
  async topic(id: LegacyRoomId): Promise<TopicFacts> {
    const stored = await this.host.state.get(`topic ${id}`)
    return stored === undefined ? {} : (JSON.parse(stored) as TopicFacts)
  }

  /** What the core is told is kept as far as it cannot be asked for, or must not be told twice. */
  async #learn(event: NetworkEvent): Promise<void> {
    const { state } = this.host
    if (event.type === "gone") {
      this.#told.delete(event.room)
      await state.set(`${placeOf(event.room)?.thread === undefined ? "chat" : "topic"} ${event.room}`, null)
    }
    if (event.type === "moved") {
      if ((await state.get(`chat ${event.from}`)) === "warned") await state.set(`chat ${event.to}`, "told")
      await state.set(`chat ${event.from}`, null)
    }
    if (event.type !== "room") return
    const { id, name, archived: closed } = event.room
    if (name !== undefined) this.#remember(id, name)
    const named = name !== undefined && placeOf(id)?.thread !== undefined
    if (named || closed !== undefined)
      await this.noteTopic(id, { ...(named && { name }), ...(closed !== undefined && { closed: closed === true }) })
  }

  async noteTopic(id: LegacyRoomId, facts: TopicFacts | null): Promise<void> {
    const next = facts && JSON.stringify({ ...(await this.topic(id)), ...facts })
    await this.host.state.set(`topic ${id}`, next)
  }

  /** A group's title comes with every message; a topic's only with those that answer nothing, and then the one it was made with. */
  async #introduce(message: Message, events: readonly NetworkEvent[]): Promise<NetworkEvent[]> {
    const { chat, reply_to_message: first } = message
    const tells = (id: LegacyRoomId): boolean =>
      events.some((event) => event.type === "room" && event.room.id === id && event.room.kind !== undefined)
    const made: NetworkEvent[] = []
    const group = roomId(chat.id)
    if (this.#told.get(group) !== nameOf(chat) && !tells(group)) made.push({ type: "room", room: outlineOf(chat) })
    this.#remember(group, nameOf(chat))
    const thread = threadOf(message)
    const topic = roomId(chat.id, thread)
    if (thread === undefined || this.#told.has(topic) || tells(topic)) return made
    const known = await this.topic(topic)
    const name = known.name ?? first?.forum_topic_created?.name
    if (known.name === undefined && name !== undefined) await this.noteTopic(topic, { name })
    if (name !== undefined) this.#remember(topic, name)
    made.push({ type: "room", room: { id: topic, kind: "topic", parent: group, ...(name !== undefined && { name }) } })
    return made
  }

  #remember(id: LegacyRoomId, name: string): void {
    this.#told.delete(id)
    this.#told.set(id, name)
    const [oldest] = this.#told.keys()
    if (this.#told.size > remembered && oldest !== undefined) this.#told.delete(oldest)
  }

  /** Once for each room, and again when the bot's own standing changed: description, rights, and whether it sees anything at all. */
  async #look(chat: Chat, thread: number | undefined, anew: boolean): Promise<NetworkEvent[]> {
    const { host } = this
    const key = `chat ${chat.id}`
    const topic = roomId(chat.id, thread)
    const done = await host.state.get(key)
    const group = anew || (done !== "seen" && done !== "warned")
    const inside = thread !== undefined && (await this.topic(topic)).seen !== true
    if ((!group && !inside) || (this.#looked.has(topic) && !anew)) return []
    this.#looked.add(topic)
    try {
      const { chat: full, self } = await this.#ask({ chat: chat.id }, host.signal)
      const events: NetworkEvent[] = []
      if (group) events.push({ type: "room", room: await this.#group(full, self, host.signal) })
      for (const each of anew ? this.#topicsOf(chat.id) : inside ? [thread] : []) {
        events.push({ type: "room", room: await this.#topic(each, full, self) }, { type: "access", room: roomId(chat.id, each) })
        await this.noteTopic(roomId(chat.id, each), { seen: true })
      }
      if (group) events.push(...(await this.#warning(full, self, done)))
      return events
    } catch (error) {
      host.log.debug({ reason: redact(String(error)) }, "a room could not be looked at")
      return []
    }
  }

  /** That the bot sees next to nothing, if it is so and was not told before. */
  async #warning(chat: Chat, self: ChatMember, before: string | undefined): Promise<NetworkEvent[]> {
    const { host, calls } = this
    const blind = chat.type !== "channel" && calls.me.can_read_all_group_messages !== true && !isAdmin(self)
    const warned = before === "warned" || before === "told"
    await host.state.set(`chat ${chat.id}`, blind || warned ? "warned" : "seen")
    return blind && !warned ? [{ type: "notice", chat: { room: roomId(chat.id) }, at: new Date(), text: privacy }] : []
  }

  /** Those of this session. */
  #topicsOf(chat: number): number[] {
    return [...this.#told.keys()].flatMap((id) => {
      const place = placeOf(id)
      return place?.chat === chat && place.thread !== undefined ? [place.thread] : []
    })
  }

  /** A basic group that became a supergroup may look as if the bot had left it: only a try to write tells the two apart. */
  async #checked(event: NetworkEvent): Promise<NetworkEvent[]> {
    const place = event.type === "gone" ? placeOf(event.room) : undefined
    if (!place || !isBasic(place.chat)) return [event]
    const to = await this.calls.api.sendChatAction({ chat_id: place.chat, action: "typing" }, this.host.signal).then(
      () => undefined,
      (error: unknown) => (says(error, /./) ? (error as { migrateToChatId?: number }).migrateToChatId : undefined),
    )
    return to === undefined ? [event] : [{ type: "moved", from: roomId(place.chat), to: roomId(to) }]
  }
}

/** What every message tells of its chat. */
function outlineOf(chat: Chat): Room {
  const name = nameOf(chat)
  return {
    id: roomId(chat.id),
    kind: chat.type === "channel" ? "channel" : "group",
    parent: null,
    ...(name !== "" && { name }),
  }
}
