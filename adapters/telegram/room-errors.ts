// What Telegram refuses in groups and channels, in plain words and with the remedy; goes before the table of errors.ts.
import type { Row } from "./errors.js"

const remedy = "Somebody who manages the group can grant this in Telegram, in the bot's administrator rights."
const gone = "The bot is not in this group any more. Somebody in it has to add the bot again."
const supergroup =
  "This is a basic group, where Telegram offers this to nobody. It becomes a supergroup when its owner makes its history visible to new members."

/** Descriptions of the server itself are tdlib/telegram-bot-api's, in capitals those of Telegram behind it (core.telegram.org/api/errors). */
export const inRooms: Row[] = [
  { code: 400, says: /upgraded to a supergroup/i, kind: "retry", text: () => "The group has become a supergroup." },
  { code: 400, says: /message thread not found|TOPIC_(ID_INVALID|DELETED)/i, kind: "gone", text: () => "This topic has been deleted." },
  { code: 400, says: /TOPIC_CLOSED/, kind: "denied", text: () => "This topic is closed: only administrators can write in it." },
  {
    code: 400,
    says: /CHAT_WRITE_FORBIDDEN|rights to send|CHAT_SEND_\w+_FORBIDDEN|CHAT_RESTRICTED/i,
    kind: "denied",
    text: () => `The bot may not write here. ${remedy}`,
  },
  { code: 400, says: /chat not found|CHANNEL_PRIVATE|CHANNEL_INVALID|PEER_ID_INVALID/i, kind: "gone", text: () => gone },
  { code: 403, says: /was kicked|not a member|group chat was deleted/i, kind: "gone", text: () => gone },
  {
    code: 400,
    says: /user is an administrator|USER_ADMIN_INVALID/i,
    kind: "denied",
    text: () => "This person is an administrator whom the bot did not appoint: only who appointed them, or the owner, can do this.",
  },
  {
    code: 400,
    says: /chat owner|USER_CREATOR/i,
    kind: "denied",
    text: () => "This person owns the group: nobody else has power over them.",
  },
  {
    code: 400,
    says: /user not found|member not found|USER_NOT_PARTICIPANT|PARTICIPANT_ID_INVALID|USER_ID_INVALID/i,
    kind: "gone",
    text: () => "This person is not in the group.",
  },
  { code: 400, says: /available (only )?for supergroup|CHAT_ID_INVALID/i, kind: "unsupported", text: () => supergroup },
  { code: 400, says: /not a forum|CHANNEL_FORUM_MISSING|CHAT_NOT_FORUM/i, kind: "unsupported", text: () => "This group has no topics." },
  {
    code: 400,
    says: /PHOTO_|IMAGE_PROCESS_FAILED/,
    kind: "rejected",
    text: (said) => `Telegram does not take this picture: it may be too small, too narrow, or damaged. Telegram said: ${said}`,
  },
  {
    code: 400,
    says: /CHAT_ADMIN_REQUIRED|not enough rights|need administrator rights|RIGHT_FORBIDDEN|must be an administrator|member list is inaccessible/i,
    kind: "denied",
    text: (said) => `The bot has no right to do this here. ${remedy} Telegram said: ${said}`,
  },
  // Twenty messages a minute in one group are no reason to let private chats wait.
  {
    code: 429,
    kind: "retry",
    text: () => "Telegram asks the bot to slow down in this group.",
    blocks: "chat",
    retryAfterMs: 1000,
  },
]
