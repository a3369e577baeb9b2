// Who is what in a group of the fake: statuses and rights as the Bot API shows them.
import type { ChatMember, ChatPermissions, User } from "node-telegram-bot-api"

export type Status = "creator" | "administrator" | "member" | "restricted" | "left" | "kicked"
export type Type = "group" | "supergroup" | "channel"

export const adminRights = [
  "can_manage_chat",
  "can_delete_messages",
  "can_manage_video_chats",
  "can_restrict_members",
  "can_promote_members",
  "can_change_info",
  "can_invite_users",
  "can_post_stories",
  "can_edit_stories",
  "can_delete_stories",
  "can_post_messages",
  "can_edit_messages",
  "can_manage_direct_messages",
  "can_pin_messages",
  "can_manage_topics",
  "can_manage_tags",
] as const
export type Right = (typeof adminRights)[number]

/** Which rights exist where (ChatAdministratorRights). */
const only: Partial<Record<Right, readonly Type[]>> = {
  can_post_messages: ["channel"],
  can_edit_messages: ["channel"],
  can_manage_direct_messages: ["channel"],
  can_pin_messages: ["group", "supergroup"],
  can_manage_topics: ["supergroup"],
  can_manage_tags: ["group", "supergroup"],
}

export const memberPermissions = [
  "can_send_messages",
  "can_send_audios",
  "can_send_documents",
  "can_send_photos",
  "can_send_videos",
  "can_send_video_notes",
  "can_send_voice_notes",
  "can_send_polls",
  "can_send_other_messages",
  "can_add_web_page_previews",
  "can_react_to_messages",
  "can_edit_tag",
  "can_change_info",
  "can_invite_users",
  "can_pin_messages",
  "can_manage_topics",
] as const
export type Permission = (typeof memberPermissions)[number]

export function everyPermission(allowed: boolean): Required<ChatPermissions> {
  return Object.fromEntries(memberPermissions.map((name) => [name, allowed])) as Required<ChatPermissions>
}

/** One person's place in a group. */
export interface Seat {
  user: User
  status: Status
  /** Of an administrator. */
  rights: ReadonlySet<Right>
  /** Of somebody restricted. */
  permissions?: ChatPermissions
  title?: string
  anonymous?: boolean
  /** Who appointed them. */
  appointedBy?: number
}

export function seatOf(user: User, status: Status, rights: Iterable<Right> = []): Seat {
  return { user, status, rights: new Set(rights) }
}

export function isIn({ status }: Seat): boolean {
  return status !== "left" && status !== "kicked"
}

export function isAdmin({ status }: Seat): boolean {
  return status === "creator" || status === "administrator"
}

export function has(seat: Seat, right: Right): boolean {
  return seat.status === "creator" || (seat.status === "administrator" && seat.rights.has(right))
}

/** As getChatMember shows it to `viewer`. */
export function shown(seat: Seat, type: Type, viewer: number): ChatMember {
  const { user, status, rights, title } = seat
  const head = { status, user }
  switch (status) {
    case "creator":
      return { ...head, is_anonymous: seat.anonymous === true, ...(title !== undefined && { custom_title: title }) }
    case "administrator": {
      const fields = adminRights.filter((right) => only[right]?.includes(type) ?? true).map((right) => [right, rights.has(right)])
      const granted = Object.fromEntries(fields) as Record<Right, boolean>
      return {
        ...head,
        can_be_edited: seat.appointedBy === viewer,
        is_anonymous: seat.anonymous === true,
        ...granted,
        ...(title !== undefined && { custom_title: title }),
      }
    }
    case "restricted":
      return { ...head, is_member: true, ...everyPermission(false), ...seat.permissions, until_date: 0 }
    case "kicked":
      return { ...head, until_date: 0 }
    default:
      return head
  }
}
