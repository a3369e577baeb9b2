// What Telegram's Bot API can do, as data for the core.
import type { Capabilities } from "xferry"

export const capabilities = {
  // Bot API, sendMessage: 1-4096 characters; counted in UTF-16 code units.
  send: { maxChars: 4096 },
  tells: ["edit"],
  // Bot API, sendChatAction: the status is set for 5 seconds or less.
  typing: { lastsSeconds: 5 },
  // A bot may edit its own messages in private chats at any time.
  edit: {},
  // Bot API, deleteMessage: only if it was sent less than 48 hours ago.
  retract: { withinSeconds: 48 * 60 * 60 },
} satisfies Capabilities
