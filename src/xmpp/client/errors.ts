// What rooms refuse, as the core knows it: kinds, and sentences for people.
import { AdapterError } from "../../adapter/errors.js"
import { StanzaError } from "../iq.js"

/** A refused join (XEP-0045 §7.2). */
export function refusedJoin(error: unknown, room: string): AdapterError {
  if (error instanceof AdapterError) return error
  if (!(error instanceof StanzaError)) return new AdapterError("retry", `${room} could not be joined.`, { cause: error })
  const said = error.text === "" ? "" : ` It says: ${error.text}`
  const fail = (kind: ConstructorParameters<typeof AdapterError>[0], text: string): AdapterError =>
    new AdapterError(kind, `${text}${said}`, { cause: error })
  if (error.local !== undefined) return fail("retry", `${room} does not answer.`)
  switch (error.condition) {
    case "not-authorized":
      return fail("denied", `${room} wants a password, or the one it was given is wrong.`)
    case "forbidden":
      return fail("denied", `${room} has banned this gateway.`)
    case "registration-required":
      return fail("denied", `${room} is for members only. Somebody who runs it has to make this gateway a member.`)
    case "not-allowed":
      return fail("denied", `${room} does not exist, or lets nobody from this gateway in.`)
    case "not-acceptable":
    case "conflict":
      return fail("denied", `${room} does not take the nick of this gateway.`)
    case "item-not-found":
    case "gone":
      return fail("gone", `There is no room ${room}, or it is not open yet.`)
    case "jid-malformed":
    case "bad-request":
      return fail("rejected", `${room} does not take this address or nick.`)
    case "service-unavailable":
    case "resource-constraint":
    case "remote-server-timeout":
    case "remote-server-not-found":
    case "internal-server-error":
    case "recipient-unavailable":
    case "undefined-condition":
      return fail("retry", `${room} cannot be joined now (${error.condition}).`)
    default:
      return fail(error.type === "wait" ? "retry" : "denied", `${room} cannot be joined (${error.condition}).`)
  }
}

/** The room does not take who speaks for one of its occupants (any more). */
export function isNotJoined(error: unknown): boolean {
  return (
    error instanceof StanzaError &&
    error.local === undefined &&
    ["not-acceptable", "item-not-found", "unexpected-request", "recipient-unavailable", "gone"].includes(error.condition)
  )
}

/** What an occupant said was refused (XEP-0045 §7.4 and others). */
export function refusedWord(error: unknown, room: string): AdapterError {
  if (error instanceof AdapterError) return error
  if (!(error instanceof StanzaError)) return new AdapterError("retry", `${room} did not take it.`, { cause: error })
  const said = error.text === "" ? "" : ` It says: ${error.text}`
  if (error.type === "wait" || error.local !== undefined || error.condition.startsWith("remote-server-"))
    return new AdapterError("retry", `${room} does not take messages now (${error.condition}).${said}`, { cause: error })
  if (isNotJoined(error)) return new AdapterError("retry", `${room} does not know this occupant any more.${said}`, { cause: error })
  const kind = ["forbidden", "not-allowed", "not-authorized", "registration-required"].includes(error.condition) ? "denied" : "rejected"
  return new AdapterError(kind, `${room} refused it (${error.condition}).${said}`, { cause: error })
}

export function noVoice(room: string, asked: boolean): AdapterError {
  const then = asked ? "The moderators were asked for it." : "Only moderators can give it."
  return new AdapterError("denied", `Who speaks here has no voice in ${room}, which is moderated. ${then}`)
}

/** A refused question or change (`manage`, MAM). */
export function refusedIq(error: unknown, what: string): AdapterError {
  if (error instanceof AdapterError) return error
  if (!(error instanceof StanzaError)) return new AdapterError("retry", `${what} failed.`, { cause: error })
  const text = `${what} failed: ${error.text === "" ? error.condition : error.text}`
  if (error.local !== undefined || error.type === "wait" || error.condition.startsWith("remote-server-"))
    return new AdapterError("retry", text, { cause: error })
  if (error.condition === "item-not-found" || error.condition === "gone") return new AdapterError("gone", text, { cause: error })
  if (error.condition === "feature-not-implemented" || error.condition === "service-unavailable")
    return new AdapterError("unsupported", text, { cause: error })
  return new AdapterError(error.type === "auth" || error.condition === "not-allowed" ? "denied" : "rejected", text, { cause: error })
}
