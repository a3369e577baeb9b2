// What Discord's own error codes mean for the core (Opcodes and Status Codes, JSON Error Codes).
import type { Blocks, ErrorKind } from "xferry"

export interface Row {
  kind: ErrorKind
  text: string
  blocks?: Blocks
  retryAfterMs?: number
}

export const revoked =
  "Discord no longer accepts this bot's token: it is wrong, was reset, or the bot was deleted. Get the current one at https://discord.com/developers/applications (Bot, Reset Token)."

const rows: [codes: number[], row: Row][] = [
  [[10003], { kind: "gone", text: "This channel does not exist on Discord any more, or the bot may not see it." }],
  [[10004], { kind: "gone", text: "This server does not exist any more, or the bot is no longer on it." }],
  [[10007, 10013], { kind: "gone", text: "Discord does not know this person, or they are not on this server." }],
  [[10008], { kind: "gone", text: "This message no longer exists on Discord." }],
  [[10011], { kind: "gone", text: "This role no longer exists on Discord." }],
  [[10014], { kind: "gone", text: "This emoji no longer exists on Discord." }],
  [[10015, 50027], { kind: "gone", text: "The webhook no longer exists on Discord." }],
  [[10026], { kind: "gone", text: "This person is not banned." }],
  [[20001], { kind: "unsupported", text: "Discord does not let bots do this." }],
  [[20016], { kind: "retry", text: "Slow mode is on in this channel." }],
  [[20022, 20028], { kind: "retry", text: "Discord asks the bot to slow down in this channel." }],
  [[20029], { kind: "retry", text: "Discord asks the bot to slow down.", blocks: "account" }],
  [[20031, 200000, 200001, 240000], { kind: "rejected", text: "The server's moderation does not let this text through." }],
  [[30003], { kind: "rejected", text: "No more messages can be pinned in this channel." }],
  [[30007, 30058], { kind: "denied", text: "There are as many webhooks here as Discord allows. Remove one that is no longer used." }],
  [[30010], { kind: "rejected", text: "There are as many different reactions on this message as Discord allows." }],
  [[30013], { kind: "rejected", text: "This server has as many channels as Discord allows." }],
  [[30016], { kind: "rejected", text: "This server has as many invitations as Discord allows." }],
  [[30033], { kind: "rejected", text: "This thread has as many members as Discord allows." }],
  [[30046], { kind: "rejected", text: "Discord lets messages older than an hour be changed only a few times." }],
  [[40001], { kind: "denied", text: "Discord does not permit this to the bot." }],
  [[40002], { kind: "denied", text: "The bot's owner must confirm their account at Discord before the bot may do this." }],
  [[40003, 40062], { kind: "retry", text: "Discord lets the bot do this only so often.", blocks: "chat", retryAfterMs: 60_000 }],
  [[40005, 50045], { kind: "rejected", text: "The message is too large for Discord." }],
  [[40007], { kind: "denied", text: "This person is banned from the server." }],
  [[40067], { kind: "rejected", text: "Posts in this forum need a tag, which can be chosen only on Discord." }],
  [[50001], { kind: "denied", text: "The bot may not see this channel." }],
  [[50003], { kind: "unsupported", text: "Discord has no such thing in direct chats." }],
  [[50005], { kind: "denied", text: "Discord lets nobody change what somebody else wrote." }],
  [[50006], { kind: "rejected", text: "Discord does not take empty messages." }],
  [
    [50007, 50278],
    {
      kind: "denied",
      text: "Discord does not let the bot write to this person: they share no server with it, do not take direct messages from there, or have blocked it.",
    },
  ],
  [[50008, 50024], { kind: "unsupported", text: "Discord does not allow this in a channel of this kind." }],
  [[50009], { kind: "denied", text: "The server wants members to be better known before they may do this." }],
  [
    [50013],
    { kind: "denied", text: "The bot lacks the permission for this. Somebody who manages the server can give it in the role of the bot." },
  ],
  [[50014], { kind: "logged-out", text: revoked }],
  [[50021], { kind: "denied", text: "Discord does not allow this with messages of its own." }],
  [[50162], { kind: "rejected", text: "Discord lets nobody change voice messages." }],
  [[50074], { kind: "denied", text: "The server needs this channel as long as it is a community." }],
  [[50083, 50084], { kind: "denied", text: "This thread is archived." }],
  [[60003], { kind: "denied", text: "This server demands that the bot's owner uses two-factor authentication." }],
  [[90001], { kind: "denied", text: "Discord lets the bot not react to this person's messages: they have blocked it." }],
  [[130000], { kind: "retry", text: "Discord is overloaded at the moment." }],
  [[160002], { kind: "denied", text: "The bot cannot reply here, as it may not read the channel's history." }],
  [[160005], { kind: "denied", text: "This thread is locked." }],
  [[160006, 160007], { kind: "rejected", text: "This server has as many active threads as Discord allows." }],
]

/** By JSON error code. */
export const codes: ReadonlyMap<number, Row> = new Map(rows.flatMap(([numbers, row]) => numbers.map((code) => [code, row] as const)))
