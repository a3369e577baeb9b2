// What Discord says instead of doing it (Opcodes and Status Codes, JSON Error Codes).

/** Status and wording by code. */
const known: Readonly<Record<number, readonly [number, string]>> = {
  10003: [404, "Unknown Channel"],
  10004: [404, "Unknown Guild"],
  10006: [404, "Unknown Invite"],
  10007: [404, "Unknown Member"],
  10008: [404, "Unknown Message"],
  10009: [404, "Unknown permission overwrite"],
  10011: [404, "Unknown Role"],
  10013: [404, "Unknown User"],
  10014: [404, "Unknown Emoji"],
  10015: [404, "Unknown Webhook"],
  10026: [404, "Unknown Ban"],
  10062: [404, "Unknown interaction"],
  20012: [403, "You are not authorized to perform this action on this application"],
  30003: [400, "Maximum number of pins reached for the channel (250)"],
  30010: [400, "Maximum number of reactions reached (20)"],
  30007: [400, "Maximum number of webhooks reached (15)"],
  40060: [400, "Interaction has already been acknowledged."],
  40005: [413, "Request entity too large"],
  50001: [403, "Missing Access"],
  50003: [403, "Cannot execute action on a DM channel"],
  50005: [403, "Cannot edit a message authored by another user"],
  50006: [400, "Cannot send an empty message"],
  50007: [403, "Cannot send messages to this user"],
  50008: [400, "Cannot send messages in a non-text channel"],
  50013: [403, "Missing Permissions"],
  50019: [400, "A message can only be pinned to the channel it was sent in"],
  50021: [403, "Cannot execute action on a system message"],
  50024: [400, "Cannot execute action on this channel type"],
  50027: [401, "Invalid Webhook Token"],
  50034: [400, "A message provided was too old to bulk delete"],
  50159: [400, "Voice messages do not support additional content"],
  50160: [400, "Voice messages must have a single audio attachment"],
  50161: [400, "Voice messages must have supporting metadata"],
  50162: [400, "Voice messages cannot be edited"],
  50173: [403, "You cannot send voice messages in this channel"],
  50083: [400, "Thread is archived"],
  50278: [403, "Cannot send messages to this user due to having no mutual guilds"],
  160002: [400, "Cannot reply without permission to read message history"],
  160004: [400, "A thread has already been created for this message"],
  160005: [400, "Thread is locked"],
  160014: [400, "You cannot forward a message whose content you cannot read"],
  220001: [400, "Webhooks posted to forum channels must have a thread_name or thread_id"],
  220002: [400, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"],
  220003: [400, "Webhooks can only create threads in forum channels"],
}

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly errors?: object,
    /** No client that follows the documentation would have asked for it. */
    readonly violates = false,
  ) {
    super(message)
  }

  get body(): object {
    return { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) }
  }
}

export function refused(code: number, violates = false): Refused {
  const [status, message] = known[code] ?? [400, "Bad Request"]
  return new Refused(status, code, message, undefined, violates)
}

/** 50035 with the place of what is wrong: `path` as in «message_reference» or «attachments.0.id» (Reference, Error Messages). */
export function invalid(path: string, code: string, message: string, violates = true): Refused {
  const nested = path.split(".").reduceRight<object>((inner, key) => ({ [key]: inner }), { _errors: [{ code, message }] })
  return new Refused(400, 50035, "Invalid Form Body", nested, violates)
}

export const unauthorized = (): Refused => new Refused(401, 0, "401: Unauthorized")
