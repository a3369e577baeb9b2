// One update of the Bot API as events of the contract: pure.
import type { BusinessMessagesDeleted, ChatMemberUpdated, Message, Poll, Update, UpdateType } from "node-telegram-bot-api"
import type { NetworkEvent } from "xferry"
import { bodyOf, replyOf } from "./body.js"
import { pollBody } from "./extras.js"
import { list, word } from "./loose.js"
import { memberChanged, selfChanged } from "./members.js"
import { type Memory, shownHash } from "./memory.js"
import { calledOf, contactOf, senderOf } from "./people.js"
import { chatRef, isRoom } from "./places.js"
import { reactionChanged, reactionsCounted } from "./reactions.js"
import { serviceEvents } from "./service.js"

/** What getUpdates is asked for; anything else Telegram does not even send. `buttons`: there may be some of ours. */
export function allowedUpdates(buttons: boolean): UpdateType[] {
  return buttons ? [...always, "callback_query"] : always
}

const always: UpdateType[] = [
  "message",
  "edited_message",
  "channel_post",
  "edited_channel_post",
  "my_chat_member",
  "chat_member",
  // Both only to administrators, and only if they are asked for by name (Bot API, Update); in private chats always.
  "message_reaction",
  "message_reaction_count",
  "poll",
  "business_connection",
  "business_message",
  "edited_business_message",
  "deleted_business_messages",
]

/** `skip` says in words why nothing comes of an update. `once`: the core cannot recognise a second one by an id. */
export type Translated = { events: NetworkEvent[]; once?: true } | { skip: string }

/** What was told before and is needed now. */
export type Context = Pick<Memory, "named" | "pollAt" | "moves"> & {
  threads: Pick<Memory["threads"], "of">
  /** Whose business connection it is: their number. */
  ownerOf?: (login: string) => number | undefined
}
const nothing: Context = { named: () => undefined, pollAt: () => undefined, moves: () => true, threads: { of: () => undefined } }

/** `self`: the bot's number. */
export function translate(update: Update, self: number, context: Context = nothing): Translated {
  const message = messageOf(update)
  if (message) {
    if (message.chat.type !== "private" && !isRoom(message.chat)) return { skip: "the direct messages of a channel" }
    return isEdit(update) ? edited(message, self, context) : written(message, self, context)
  }
  const threadOf = (chat: number, id: number): number | undefined => context.threads.of(chat, id)
  if ("message_reaction" in update) return reacted(reactionChanged(update.message_reaction, threadOf))
  if ("message_reaction_count" in update) return reacted(reactionsCounted(update.message_reaction_count, threadOf))
  if ("poll" in update) return voted(update.poll, context)
  if ("deleted_business_messages" in update) return deleted(update.deleted_business_messages)
  if ("my_chat_member" in update) return selfUpdate(update.my_chat_member)
  if ("chat_member" in update) return isRoom(update.chat_member.chat) ? told(memberChanged(update.chat_member)) : { skip: "no room" }
  return { skip: "kind of update not asked for" }
}

/** The message an update brings, new or edited. */
export function messageOf(update: Update): Message | undefined {
  if ("message" in update) return update.message
  if ("edited_message" in update) return update.edited_message
  if ("channel_post" in update) return update.channel_post
  if ("edited_channel_post" in update) return update.edited_channel_post
  if ("business_message" in update) return update.business_message
  if ("edited_business_message" in update) return update.edited_business_message
  return undefined
}

export function isEdit(update: Update): boolean {
  return "edited_message" in update || "edited_channel_post" in update || "edited_business_message" in update
}

/** The business connection by which an update comes. */
export function loginOf(update: Update): string | undefined {
  const from = messageOf(update) ?? ("deleted_business_messages" in update ? update.deleted_business_messages : undefined)
  return word(from?.business_connection_id)
}

/** Updates with the same key must be committed in their order: those of one chat, also under the id it had as a basic group. */
export function orderKeys(
  updates: readonly Update[],
  otherwise: (update: Update) => number | undefined = () => undefined,
): (update: Update) => number {
  const successors = new Map<number, number>()
  for (const update of updates) {
    const { chat, migrate_to_chat_id: to, migrate_from_chat_id: from } = messageOf(update) ?? {}
    if (chat && to !== undefined) successors.set(chat.id, to)
    if (chat && from !== undefined) successors.set(from, chat.id)
  }
  return (update) => {
    const chat = otherwise(update) ?? chatOf(update)
    return successors.get(chat) ?? chat
  }
}

function chatOf(update: Update): number {
  if ("callback_query" in update) return update.callback_query?.message?.chat?.id ?? update.callback_query?.from?.id ?? 0
  for (const value of Object.values(update)) if (typeof value === "object" && "chat" in value) return (value as Message).chat?.id ?? 0
  return 0
}

/** What cannot be known again by an id. */
function told(events: NetworkEvent[]): Translated {
  return events.length > 0 ? { events, once: true } : { skip: "nothing to tell" }
}

function common(message: Message, self: number, { ownerOf }: Context) {
  const { business_connection_id: login, from, sender_business_bot: through } = message
  // In a business account's chat whatever is not the other person's is the owner's, said in the app or by us.
  const own = login === undefined ? from?.id === self : through !== undefined || (from !== undefined && from.id === ownerOf?.(login))
  return {
    chat: chatRef(message),
    from: senderOf(message),
    id: String(message.message_id),
    ...(own && { own: true }),
  }
}

function written(message: Message, self: number, context: Context): Translated {
  const service = isRoom(message.chat) ? serviceEvents(message, self) : undefined
  if (service) return told(service)
  const body = bodyOf(message, context.named)
  if (!body) return { skip: "service message" }
  const reply = replyOf(message)
  const event: NetworkEvent = { type: "message", ...common(message, self, context), at: new Date(message.date * 1000), body }
  if (reply) event.reply = reply
  if (message.media_group_id) event.group = message.media_group_id
  return { events: [event] }
}

function edited(message: Message, self: number, context: Context): Translated {
  const body = bodyOf(message, context.named)
  if (!body) return { skip: "service message" }
  if (message.location !== undefined && !context.moves(message)) return { skip: "live location moved again" }
  const seconds = message.edit_date ?? message.date
  // Telegram's clock has one second; two edits within one differ by what they show.
  const revision = `${seconds}-${shownHash(body)}`
  return { events: [{ type: "edit", ...common(message, self, context), at: new Date(seconds * 1000), revision, body }] }
}

/** Who did it Telegram does not say: either of the two may take back anything. */
function deleted({ chat, business_connection_id: login, message_ids: ids }: BusinessMessagesDeleted): Translated {
  if (chat.type !== "private") return { skip: "not a private chat" }
  return told([{ type: "retract", chat: { user: String(chat.id), login }, ids: list(ids).map(String) }])
}

function reacted(event: NetworkEvent | undefined): Translated {
  return event ? { events: [event] } : { skip: "a reaction by nobody" }
}

/** Telegram tells of others' polls only that they were stopped. */
function voted(poll: Poll, { pollAt }: Context): Translated {
  const place = pollAt(poll.id)
  if (!place) return { skip: "a poll that nobody heard of" }
  const { chat, id, from } = place
  const body = pollBody(poll)
  const at = new Date()
  const revision = `${Math.floor(at.getTime() / 1000)}-${shownHash(body)}`
  return { events: [{ type: "edit", chat, id, from, at, revision, body }] }
}

function selfUpdate(update: ChatMemberUpdated): Translated {
  return isRoom(update.chat) ? told(selfChanged(update)) : blocked(update)
}

/** Of a private chat this comes only when the person blocks or unblocks the bot. */
function blocked({ chat, from, date, old_chat_member: before, new_chat_member: after }: ChatMemberUpdated): Translated {
  if (chat.type !== "private") return { skip: "not a private chat" }
  if (before.status === after.status) return { skip: "nothing changed" }
  const happened =
    after.status === "kicked"
      ? "has blocked the bot: your messages do not arrive any more."
      : "has unblocked the bot: your messages arrive again."
  const by = contactOf(from)
  return told([{ type: "notice", chat: { user: String(chat.id) }, at: new Date(date * 1000), text: `${calledOf(from)} ${happened}`, by }])
}
