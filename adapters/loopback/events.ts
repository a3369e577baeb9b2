// The network's events as the contract has them.
import type { NetworkEvent } from "xferry"
import type { LoopEvent } from "./protocol.js"

export function toNetworkEvent(event: LoopEvent): NetworkEvent {
  switch (event.type) {
    case "presence":
    case "contact":
      return event
    case "typing":
      return { type: "typing", chat: { user: event.chat }, from: event.from, active: event.active }
    case "edit": {
      const { chat, at, text, ...rest } = event
      return { ...rest, chat: { user: chat }, at: new Date(at), body: { text } }
    }
    case "message": {
      const { chat, at, text, reply, ...rest } = event
      return { ...rest, chat: { user: chat }, at: new Date(at), body: { text }, ...(reply !== undefined && { reply: { id: reply } }) }
    }
  }
}
