// What Telegram's Bot API can do, as data for the core.
import type { Capabilities } from "xferry"
import { reactions } from "./emoji.js"
import { formatting } from "./entities.js"
import { maxCaption, perAlbum } from "./outward.js"

export const capabilities = {
  // Bot API, sendMessage: 1-4096 characters; counted in UTF-16 code units.
  send: {
    maxChars: 4096,
    maxCaption,
    formatting: [...formatting],
    // A bot could begin polls, too, but no XMPP client does; contacts go with a telephone number only.
    extras: ["location", "contact"],
    // Bot API, sendDocument and others: up to 50 MB. A photo above 10 MB goes as a document.
    files: {
      maxBytes: 50_000_000,
      kinds: ["image", "video", "audio", "voice", "video-note", "animation", "sticker"],
      perMessage: perAlbum,
    },
  },
  // No update tells of a deletion in a private chat, group or channel. Reactions in groups are told to administrators alone.
  tells: ["edit", "members", "reactions"],
  reply: { quote: true },
  // Bot API, setMessageReaction: bots set up to one per message, as themselves. What a chat allows may be less (Room.limits).
  react: { as: "bot", max: 1, allowed: [...reactions] },
  // Bot API, sendChatAction: the status is set for 5 seconds or less.
  typing: { lastsSeconds: 5 },
  // A bot may edit its own messages at any time.
  edit: {},
  // Bot API, deleteMessage: only if it was sent less than 48 hours ago; those of others where the bot has the right (rights.ts narrows it).
  retract: { withinSeconds: 48 * 60 * 60, others: true },
  access: {},
  // The bot's address takes one: https://t.me/<bot>?start=<code>.
  entry: {},
  // Bot API, BusinessBotRights, can_reply: in private chats that had incoming messages in the last 24 hours.
  logins: { replyHours: 24, limits: { react: false } },
  // Bot API, readBusinessMessage; of its own chats a bot cannot say that it has read anything.
  read: { logins: true },
  // Bot API, getFile: up to 20 MB (tdlib/telegram-bot-api, MAX_DOWNLOAD_FILE_SIZE: 20 << 20).
  download: { maxBytes: 20 * 1024 * 1024 },
  // getChatAdministrators is the only list a bot can get.
  members: { complete: false },
  manage: {
    can: [
      "name",
      "topic",
      "avatar",
      "pin",
      "unpin",
      "kick",
      "ban",
      "unban",
      "role",
      "create",
      "close",
      "reopen",
      "leave",
      "destroy",
      "invite",
    ],
  },
} satisfies Capabilities
