// The network's events as the contract has them.
import type { ChatRef, MessageEvent, NetworkEvent } from "xferry"
import type { CommandEvent } from "./commands.js"
import type { ChatMessage } from "./chats.js"
import { richOf, toBody } from "./content.js"
import type { LoopEvent, Said } from "./protocol.js"
import type { RoomMessage } from "./room-protocol.js"

export function toNetworkEvent(event: Exclude<LoopEvent, CommandEvent>): NetworkEvent {
  switch (event.type) {
    case "room": {
      const { info, ...rest } = event
      return { ...rest, room: info }
    }
    case "notice": {
      const { room, at, ...rest } = event
      return { ...rest, chat: { room }, at: new Date(at) }
    }
    case "message":
    case "edit":
    case "retract":
    case "typing":
    case "reactions":
    case "read":
    case "delivered": {
      if (!("room" in event)) {
        const { chat, login, ...said } = event
        return toSaid(said, { user: chat, ...(login !== undefined && { login }) })
      }
      const { room, ...said } = event
      return toSaid(said, { room })
    }
    default:
      return event
  }
}

export function toHistory(message: RoomMessage | ChatMessage): MessageEvent {
  if ("chat" in message) {
    const { chat, login, ...said } = message
    return toSaid(said, { user: chat, ...(login !== undefined && { login }) }) as MessageEvent
  }
  const { room, ...said } = message
  return toSaid(said, { room }) as MessageEvent
}

function toSaid(said: Said, chat: ChatRef): NetworkEvent {
  switch (said.type) {
    case "typing":
    case "retract":
    case "reactions":
    case "read":
    case "delivered":
      return { ...said, chat }
    case "edit": {
      const { at, text, spans, files, extras, ...rest } = said
      return { ...rest, chat, at: new Date(at), body: toBody({ text, ...richOf({ spans, files, extras }) }) }
    }
    case "message": {
      const { at, text, spans, files, extras, reply, quote, ...rest } = said
      const body = toBody({ text, ...richOf({ spans, files, extras }) })
      const answered = reply !== undefined && { reply: { id: reply, ...(quote !== undefined && { quote }) } }
      return { ...rest, chat, at: new Date(at), body, ...answered }
    }
  }
}
