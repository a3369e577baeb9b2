// The methods that the fake carries out in groups and channels, each after its description and tdlib/telegram-bot-api's behaviour.
import type { Message } from "node-telegram-bot-api"
import { type Bot, Refused, type Sent } from "./bot.js"
import { markupOf } from "./buttons.js"
import type { Group } from "./groups.js"
import { chatActions, type Call, deletableMs, entitiesOf, type Params, quoteOf, textOf } from "./methods.js"
import type { Post } from "./posts.js"
import type { Uploaded } from "./schema.js"
import { has, isAdmin, isIn, memberPermissions } from "./seats.js"

export interface GroupCall extends Call {
  group: Group
}

const bad = (words: string): never => {
  throw new Refused(400, `Bad Request: ${words}`)
}

/** The group that a bot means, if it may call there at all (server, check_chat_access). `reading`: works in what is no more, too. */
export function reachable(bot: Bot, group: Group | undefined, reading: boolean): Group {
  if (!group) throw new Refused(400, "Bad Request: chat not found")
  const kind = group.type
  if (group.movedTo && !reading) {
    const parameters = { migrate_to_chat_id: group.movedTo.id }
    throw new Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", parameters)
  }
  if (group.deleted) throw new Refused(403, "Forbidden: the group chat was deleted")
  const { status } = group.seat(bot.user)
  if (status === "kicked") throw new Refused(403, `Forbidden: bot was kicked from the ${kind} chat`)
  if (status === "left") throw new Refused(403, `Forbidden: bot is not a member of the ${kind} chat`)
  return group
}

const reading = new Set(["getChat", "getChatMember", "leaveChat"])

export function groupMethod(name: string, call: Call): unknown {
  const run = groupMethods[name]
  if (!run) throw new Refused(400, "Bad Request: the chat is of another type")
  const group = reachable(call.bot, call.groups.get(Number(call.params["chat_id"])), reading.has(name))
  return run({ ...call, group })
}

export const groupMethods: Record<string, (call: GroupCall) => unknown> = {
  getChat({ group }) {
    const { chat, description, permissions, slowSeconds, linked, photo } = group
    const [small, big] = [group.photoFile(160), group.photoFile(640)]
    const gifts = {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    }
    return {
      ...chat,
      accent_color_id: Math.abs(group.id) % 7,
      max_reaction_count: 11,
      accepted_gift_types: gifts,
      ...(description !== undefined && { description }),
      ...(photo && {
        photo: {
          small_file_id: small.file_id,
          small_file_unique_id: small.file_unique_id,
          big_file_id: big.file_id,
          big_file_unique_id: big.file_unique_id,
        },
      }),
      ...(group.type !== "channel" && { permissions }),
      ...(group.reactions && { available_reactions: group.reactions.map((emoji) => ({ type: "emoji", emoji })) }),
      ...(slowSeconds !== undefined && { slow_mode_delay: slowSeconds }),
      ...(linked && { linked_chat_id: linked.id }),
    }
  },
  getChatMemberCount: ({ group }) => group.memberCount,
  getChatMember({ bot, group, params }) {
    const user = Number(params["user_id"])
    if (group.type === "channel" && user !== bot.user.id && !isAdmin(group.seat(bot.user))) bad("member list is inaccessible")
    return group.shown(group.seat(group.known(user) ?? bad("PARTICIPANT_ID_INVALID")), bot)
  },
  getChatAdministrators({ bot, group, params }) {
    if (group.type === "channel" && !isAdmin(group.seat(bot.user))) bad("member list is inaccessible")
    const all = [...group.seats.values()].filter(isAdmin)
    const others = params["return_bots"] === true ? all : all.filter(({ user }) => !user.is_bot || user.id === bot.user.id)
    return others.map((seat) => group.shown(seat, bot))
  },
  sendChatAction({ bot, group, params }) {
    const action = String(params["action"])
    if (!chatActions.has(action)) bad("wrong parameter action in request")
    // Docs: «Channel chats aren't supported»; the words are not known.
    if (group.type === "channel") bad("there are no chat actions in channels")
    const thread = topicIn(group, params)
    bot.actions.push({ chat: group.id, action, ...(thread !== undefined && { thread }) })
    return true
  },
  sendMessage({ bot, group, params, sent }) {
    const text = textOf(params["text"] ?? "")
    const thread = topicIn(group, params)
    writable(bot, group, thread)
    const { replyTo, quote } = answered(bot, group, params["reply_parameters"])
    const content = {
      text,
      ...entitiesOf(params),
      ...markupOf(params),
      ...(quote && { quote }),
      ...(params["protect_content"] === true && { has_protected_content: true }),
    }
    const post = group.sentBy(bot, content, { thread, replyTo })
    const message = post.seenBy(bot)
    const note: Sent = {
      chat: group.id,
      id: message.message_id,
      text,
      first: text,
      edits: 0,
      deleted: false,
      at: bot.now(),
      ...(thread !== undefined && { thread }),
      ...(replyTo && { replyTo: replyTo.id(bot) }),
    }
    bot.sent.push(note)
    sent(note, "sent")
    return message
  },
  editMessageText({ bot, group, params, sent }) {
    const post = group.posts.find(bot, params["message_id"]) ?? bad("message to edit not found")
    const note = bot.sent.findLast(({ chat, id }) => chat === group.id && id === params["message_id"])
    if (!note) bad("message can't be edited")
    if (post.message.text === undefined) bad("there is no text in the message to edit")
    const text = textOf(params["text"] ?? "")
    const { reply_markup } = markupOf(params)
    if (text === post.message.text && JSON.stringify(reply_markup) === JSON.stringify(post.message.reply_markup)) {
      bad(
        "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
      )
    }
    const { reply_markup: _, ...bare } = post.message
    post.message = { ...bare, text, edit_date: bot.seconds, ...entitiesOf(params), ...(reply_markup && { reply_markup }) }
    Object.assign(note as Sent, { text, edits: (note as Sent).edits + 1 })
    sent(note as Sent, "edited")
    return post.seenBy(bot)
  },
  deleteMessage({ bot, group, params, sent }) {
    const post = group.posts.find(bot, params["message_id"]) ?? bad("message to delete not found")
    const note = bot.sent.findLast(({ chat, id }) => chat === group.id && id === params["message_id"])
    const right = group.type === "group" ? isAdmin(group.seat(bot.user)) : group.permits(bot, "can_delete_messages")
    const own = note !== undefined && (group.type !== "channel" || group.permits(bot, "can_post_messages"))
    if ((!own && !right) || bot.now() - post.message.date * 1000 >= deletableMs) bad("message can't be deleted for everyone")
    group.remove(post)
    if (note) {
      note.deleted = true
      sent(note, "deleted")
    }
    return true
  },
  pinChatMessage({ bot, group, params }) {
    const post = group.posts.find(bot, params["message_id"]) ?? bad("message to pin not found")
    mayPin(bot, group)
    group.pin(bot.user, post)
    return true
  },
  unpinChatMessage({ bot, group, params }) {
    const post = group.posts.find(bot, params["message_id"])
    mayPin(bot, group)
    if (!post || !group.pinned.delete(post)) bad("message to unpin not found")
    return true
  },
  setChatTitle({ bot, group, params }) {
    if (!group.permits(bot, "can_change_info")) bad("not enough rights to change chat title")
    const title = String(params["title"]).trim()
    if (title === "") bad("CHAT_TITLE_EMPTY")
    if (title !== group.title) group.setTitle(title.slice(0, 128), bot.plainUser)
    return true
  },
  setChatPhoto({ bot, group, params }) {
    if (!group.permits(bot, "can_change_info")) bad("not enough rights to change chat photo")
    const { bytes } = params["photo"] as Uploaded
    if (!/^(ffd8ff|89504e47)/.test(Buffer.from(bytes.subarray(0, 4)).toString("hex"))) bad("IMAGE_PROCESS_FAILED")
    group.setPhoto(bytes, bot.plainUser)
    return true
  },
  deleteChatPhoto({ bot, group }) {
    if (!group.permits(bot, "can_change_info")) bad("not enough rights to change chat photo")
    if (!group.photo) bad("CHAT_NOT_MODIFIED")
    group.removePhoto(bot.plainUser)
    return true
  },
  setChatDescription({ bot, group, params }) {
    if (!group.permits(bot, "can_change_info")) bad("not enough rights to set chat description")
    const description = (params["description"] as string | undefined) ?? ""
    if (description.length > 255) bad("CHAT_ABOUT_TOO_LONG")
    if (description === (group.description ?? "")) bad("chat description is not modified")
    group.description = description === "" ? undefined : description
    return true
  },
  banChatMember({ bot, group, params }) {
    group.ban(subject(bot, group, params), bot.plainUser)
    return true
  },
  unbanChatMember({ bot, group, params }) {
    if (group.type === "group") bad("method is available for supergroup and channel chats only")
    const user = subject(bot, group, params)
    if (params["only_if_banned"] === true) group.unban(user, bot.plainUser)
    else group.kick(user, bot.plainUser)
    return true
  },
  restrictChatMember({ bot, group, params }) {
    if (group.type !== "supergroup") bad("method is available only for supergroups")
    const user = subject(bot, group, params)
    if (isAdmin(group.seat(user))) bad("user is an administrator of the chat")
    const given = params["permissions"] as Record<string, boolean>
    // Media without text do not go: as long as permissions are not independent, one implies the other (docs, restrictChatMember).
    const all = Object.fromEntries(
      memberPermissions.map((name) => [name, given[name] ?? (impliedBy[name] ?? []).some((other) => given[other])]),
    )
    if (given["can_react_to_messages"] === undefined) all["can_react_to_messages"] = given["can_send_messages"] === true
    if (given["can_edit_tag"] === undefined) all["can_edit_tag"] = given["can_pin_messages"] === true
    group.restrict(user, all, bot.plainUser)
    return true
  },
  promoteChatMember({ bot, group, params }) {
    if (group.type === "group") bad("method is available for supergroup and channel chats only")
    if (!group.permits(bot, "can_promote_members")) bad("not enough rights")
    const user = group.known(Number(params["user_id"])) ?? bad("PARTICIPANT_ID_INVALID")
    const seat = group.seat(user)
    if (seat.status === "creator") bad("can't remove chat owner")
    if (seat.status === "administrator" && seat.appointedBy !== bot.user.id) bad("CHAT_ADMIN_REQUIRED")
    if (!isIn(seat)) bad("USER_NOT_PARTICIPANT")
    const granted = Object.keys(params).filter((name) => name.startsWith("can_") && params[name] === true) as Parameters<typeof has>[1][]
    if (granted.some((right) => !group.permits(bot, right))) bad("RIGHT_FORBIDDEN")
    group.promote(user, granted, { by: bot.user })
    return true
  },
  leaveChat({ bot, group }) {
    group.leave(bot.user)
    return true
  },
  createForumTopic({ bot, group, params }) {
    if (!group.forum) bad("the chat is not a forum")
    if (!group.permits(bot, "can_manage_topics")) bad("not enough rights to create a topic")
    const name = String(params["name"]).slice(0, 128)
    return { message_thread_id: group.makeTopic(name, bot.plainUser), name, icon_color: 7322096 }
  },
  editForumTopic({ bot, group, params }) {
    const { thread, topic } = managed(bot, group, params)
    const name = (params["name"] as string | undefined) ?? ""
    if (name === topic.name) bad("TOPIC_NOT_MODIFIED")
    if (name !== "") group.renameTopic(thread, name, bot.plainUser)
    return true
  },
  closeForumTopic: (call) => toggle(call, true),
  reopenForumTopic: (call) => toggle(call, false),
  closeGeneralForumTopic: (call) => toggleGeneral(call, true),
  reopenGeneralForumTopic: (call) => toggleGeneral(call, false),
  deleteForumTopic({ bot, group, params }) {
    const thread = Number(params["message_thread_id"])
    if (!group.forum) bad("the chat is not a forum")
    if (!group.topics.has(thread)) bad("TOPIC_ID_INVALID")
    if (!group.permits(bot, "can_delete_messages")) bad("not enough rights to delete the topic")
    group.deleteTopic(thread)
    return true
  },
  createChatInviteLink({ bot, group, params }) {
    if (!group.permits(bot, "can_invite_users")) bad("not enough rights to manage chat invite link")
    const invite_link = `https://t.me/+fake${Math.abs(group.id)}x${group.links.length + 1}`
    const { member_limit, expire_date } = params as { member_limit?: number; expire_date?: number }
    if (member_limit !== undefined && (member_limit < 1 || member_limit > 99_999)) bad("USAGE_LIMIT_INVALID")
    group.links.push({ link: invite_link, ...(member_limit && { limit: member_limit }), ...(expire_date && { until: expire_date }) })
    const limits = { ...(member_limit !== undefined && { member_limit }), ...(expire_date !== undefined && { expire_date }) }
    return { invite_link, creator: bot.plainUser, creates_join_request: false, is_primary: false, is_revoked: false, ...limits }
  },
}

/** Permissions that others imply when they are not given (docs, restrictChatMember, `use_independent_chat_permissions`). */
const impliedBy: Partial<Record<string, readonly string[]>> = {
  can_send_messages: ["can_send_other_messages", "can_add_web_page_previews"],
}

/** Whom a bot wants to remove or silence, if it may. */
function subject(bot: Bot, group: Group, params: Params) {
  const user = group.known(Number(params["user_id"])) ?? bad("PARTICIPANT_ID_INVALID")
  const seat = group.seat(user)
  if (!isAdmin(group.seat(bot.user))) bad("CHAT_ADMIN_REQUIRED")
  if (!group.permits(bot, "can_restrict_members")) bad("not enough rights to restrict/unrestrict chat member")
  if (seat.status === "creator") bad("can't remove chat owner")
  if (seat.status === "administrator" && seat.appointedBy !== bot.user.id) bad("user is an administrator of the chat")
  return user
}

/** Undefined: the whole group, or General. Outside forums the thread is passed over (server, check_message_topic). */
export function topicIn(group: Group, { message_thread_id: thread }: Params): number | undefined {
  if (thread === undefined || !group.forum) return undefined
  if (!group.topics.has(thread as number)) bad("message thread not found")
  return thread as number
}

export function writable(bot: Bot, group: Group, thread: number | undefined): void {
  const seat = group.seat(bot.user)
  if (group.type === "channel") {
    if (!isAdmin(seat)) bad("need administrator rights in the channel chat")
    if (!has(seat, "can_post_messages")) bad("not enough rights to send text messages to the chat")
    return
  }
  if (isAdmin(seat)) return
  const silenced = group.permissions.can_send_messages === false || seat.permissions?.can_send_messages === false
  if (silenced) bad("not enough rights to send text messages to the chat")
  const closed = thread === undefined ? group.generalClosed : group.topics.get(thread)?.closed
  if (closed) bad("TOPIC_CLOSED")
}

export function answered(bot: Bot, group: Group, value: unknown): { replyTo?: Post; quote?: Message["quote"] } {
  if (value === undefined) return {}
  const { message_id, allow_sending_without_reply } = value as { message_id: number; allow_sending_without_reply?: boolean }
  const replyTo = group.posts.find(bot, message_id)
  if (!replyTo && allow_sending_without_reply !== true) bad("message to be replied not found")
  if (!replyTo) return {}
  const quote = quoteOf(value, replyTo.message.text ?? replyTo.message.caption)
  return { replyTo, ...(quote && { quote }) }
}

function mayPin(bot: Bot, group: Group): void {
  const seat = group.seat(bot.user)
  if (has(seat, group.type === "channel" ? "can_edit_messages" : "can_pin_messages")) return
  bad("not enough rights to manage pinned messages in the chat")
}

function managed(bot: Bot, group: Group, params: Params) {
  const thread = Number(params["message_thread_id"])
  if (!group.forum) bad("the chat is not a forum")
  const topic = group.topics.get(thread) ?? bad("TOPIC_ID_INVALID")
  if (!group.permits(bot, "can_manage_topics") && topic.by !== bot.user.id) bad("not enough rights to edit the topic")
  return { thread, topic }
}

function toggle({ bot, group, params }: GroupCall, closed: boolean): boolean {
  const { thread, topic } = managed(bot, group, params)
  if (topic.closed === closed) bad("TOPIC_NOT_MODIFIED")
  group.closeTopic(thread, closed, bot.plainUser)
  return true
}

function toggleGeneral({ bot, group }: GroupCall, closed: boolean): boolean {
  if (!group.forum) bad("the chat is not a forum")
  if (!group.permits(bot, "can_manage_topics")) bad("not enough rights to edit the topic")
  if (group.generalClosed === closed) bad("TOPIC_NOT_MODIFIED")
  group.closeTopic(undefined, closed, bot.plainUser)
  return true
}
