// What somebody may do in a chat, from what Telegram tells of them.
import type { Chat, ChatMember, ChatMemberAdministrator, ChatMemberRestricted, ChatPermissions } from "node-telegram-bot-api"
import type { Limits, Manage, Member, Role } from "xferry"
import { isBasic } from "./places.js"
import { contactOf } from "./people.js"

/** Each status has fields of its own; what is absent is not known, or not theirs. */
type Status = Partial<Omit<ChatMemberAdministrator, "user"> & Omit<ChatMemberRestricted, "user">> & { custom_title?: string; tag?: string }
type Kind = Pick<Chat, "id" | "type" | "is_forum">

const statusOf = (member: ChatMember): Status => member

/** Whether they are in the chat. */
export function isIn(member: ChatMember): boolean {
  if (member.status === "restricted") return statusOf(member).is_member !== false
  return member.status !== "left" && member.status !== "kicked"
}

export function isAdmin({ status }: ChatMember): boolean {
  return status === "creator" || status === "administrator"
}

export function roleOf(member: ChatMember): Role {
  switch (member.status) {
    case "creator":
      return "owner"
    case "administrator":
      return "admin"
    case "kicked":
      return "banned"
    case "left":
      return "none"
    case "restricted":
      if (!isIn(member)) return "none"
      return statusOf(member).can_send_messages === false ? "muted" : "member"
    default:
      return "member"
  }
}

/** Of administrators who act in the group's name only bots and other administrators know that they are any. */
export function isHidden(member: ChatMember): boolean {
  return isAdmin(member) && statusOf(member).is_anonymous === true
}

/** As everybody may see them. The title is an administrator's custom title, anyone else's tag; «»: none. */
export function memberOf(member: ChatMember): Member {
  const contact = contactOf(member.user)
  if (isHidden(member)) return { contact, role: "member", title: "" }
  const { custom_title, tag } = statusOf(member)
  return { contact, role: roleOf(member), title: custom_title ?? tag ?? "" }
}

/** `permissions`: what the chat lets plain members do. */
export function maySend({ type }: Pick<Chat, "type">, member: ChatMember, permissions: ChatPermissions | undefined): boolean {
  if (!isIn(member)) return false
  if (member.status === "creator") return true
  if (type === "channel") return statusOf(member).can_post_messages === true
  if (isAdmin(member)) return true
  return statusOf(member).can_send_messages !== false && permissions?.can_send_messages !== false
}

/** Whether they may do what the field names: owners all, administrators what they were given. What plain members may is not for bots. */
export function has(member: ChatMember, right: keyof Status): boolean {
  return member.status === "creator" || (isAdmin(member) && statusOf(member)[right] === true)
}

function changes(chat: Kind, self: ChatMember): Manage["do"][] {
  const lasting = !isBasic(chat.id)
  // Bot API, pinChatMessage.
  const pins = has(self, chat.type === "channel" ? "can_edit_messages" : "can_pin_messages")
  const restricts = has(self, "can_restrict_members")
  const topics = chat.is_forum === true && has(self, "can_manage_topics")
  const rows: [boolean, Manage["do"][]][] = [
    [has(self, "can_change_info"), ["name", "topic", "avatar"]],
    [pins, ["pin", "unpin"]],
    [restricts, ["kick"]],
    [restricts && lasting, ["ban", "unban"]],
    [(restricts || has(self, "can_promote_members")) && lasting, ["role"]],
    [topics, ["create", "close", "reopen"]],
    [has(self, "can_invite_users"), ["invite"]],
    [true, ["leave"]],
  ]
  return rows.flatMap(([granted, what]) => (granted ? what : []))
}

/** What the bot may do in the chat, as far as it is less than everywhere. */
export function limitsOf(chat: Kind, self: ChatMember, permissions: ChatPermissions | undefined): Limits {
  return {
    ...(!maySend(chat, self, permissions) && { send: false as const }),
    ...(chat.type === "channel" && { typing: false as const }),
    ...(!has(self, "can_delete_messages") && { retract: { others: false } }),
    manage: { can: changes(chat, self) },
  }
}

/** The same in a topic, which has neither members nor a description of its own. */
export function topicLimitsOf(chat: Kind, self: ChatMember, permissions: ChatPermissions | undefined): Limits {
  const pins: Manage["do"][] = has(self, "can_pin_messages") ? ["pin", "unpin"] : []
  const keeps: Manage["do"][] = has(self, "can_manage_topics") ? ["name", "close", "reopen"] : []
  const deletes: Manage["do"][] = has(self, "can_delete_messages") ? ["destroy"] : []
  return { ...limitsOf(chat, self, permissions), manage: { can: [...keeps, ...pins, ...deletes] } }
}
