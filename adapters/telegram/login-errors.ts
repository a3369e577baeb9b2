// What Telegram refuses to a bot that acts for a business account, in plain words; goes before the table of errors.ts.
import type { Row } from "./errors.js"

export const rightsRemedy = "The owner can change that in Telegram, in Settings, «Telegram Business», «Chatbots»."

/** In capitals: errors of Telegram behind the server (core.telegram.org/method/messages.sendMessage), in whatever code they arrive. */
const rows: Omit<Row, "code">[] = [
  {
    says: /BUSINESS_PEER_USAGE_MISSING/,
    kind: "denied",
    text: () =>
      "Telegram lets this be answered only within 24 hours after the person has last written. Write in the Telegram app, or wait until they write again.",
  },
  {
    says: /business connection (not found|invalid|is invalid|is disabled)|BUSINESS_CONNECTION_INVALID|CONNECTION_ID_INVALID/i,
    kind: "gone",
    text: () => "The business account is not connected with the bot any more. Its owner can connect it again in Telegram's settings.",
  },
  {
    says: /BUSINESS_PEER_INVALID/,
    kind: "denied",
    text: () => `The owner of the business account has not opened this chat to the bot. ${rightsRemedy}`,
  },
  {
    says: /BOT_ACCESS_FORBIDDEN|BUSINESS_CONNECTION_NOT_ALLOWED|not enough rights|RIGHT_FORBIDDEN|BUSINESS_\w*FORBIDDEN/i,
    kind: "denied",
    text: () => `The business account has not given the bot the right to do this. ${rightsRemedy}`,
  },
  {
    says: /messages must not be sent to self/i,
    kind: "rejected",
    text: () => "Nobody can write to themselves through a business account.",
  },
]

export const throughLogins: Row[] = [400, 403].flatMap((code) => rows.map((row) => ({ ...row, code })))
