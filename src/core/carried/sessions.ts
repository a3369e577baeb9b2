// A carried login has no session of its own: its carrier's is used, with the login named in every call.
import type { ChatRef } from "../../adapter/contract.js"
import type { AnySession } from "../../adapter/define.js"
import { AdapterError } from "../../adapter/errors.js"
import { ownerOf, type Carried } from "./names.js"

export interface Live {
  session: AnySession
  signal: AbortSignal
}

interface Known {
  carrier: AnySession
  login: string
  maySend: boolean
  end: AbortController
  live: Live
}

export class CarriedSessions {
  readonly #known = new Map<number, Known>()

  /** `carrier`: the session of an account that nobody carries. */
  constructor(private readonly carrier: (account: number) => Live | undefined) {}

  live(account: Carried): Live | undefined {
    const { id, carrier, login, maySend } = account
    const live = this.carrier(carrier)
    const known = this.#known.get(id)
    if (!live || typeof login !== "string") {
      if (known) this.end(id)
      return undefined
    }
    const may = maySend !== false
    if (known && known.carrier === live.session && known.login === login && known.maySend === may) return known.live
    this.end(id)
    const end = new AbortController()
    const session = through(live.session, { login, owner: ownerOf(account), maySend: may })
    const made = { session, signal: AbortSignal.any([live.signal, end.signal]) }
    this.#known.set(id, { carrier: live.session, login, maySend: may, end, live: made })
    return made
  }

  /** What is under way has no outcome any more. */
  end(account: number): void {
    this.#known.get(account)?.end.abort()
    this.#known.delete(account)
  }
}

/** What concerns the account itself (rooms, members, codes) is the carrier's alone. */
export function through(carrier: AnySession, { login, owner, maySend }: { login: string; owner: string; maySend: boolean }): AnySession {
  const at = <T extends { chat: ChatRef }>(op: T): T => ("user" in op.chat ? { ...op, chat: { ...op.chat, login } } : op)
  const mayOnly = <T>(call: () => Promise<T>): Promise<T> => (maySend ? call() : Promise.reject(mute()))
  const { edit, retract, react, read, typing, interact, download, history, find, contact } = carrier
  return {
    self: { id: owner },
    ended: carrier.ended,
    send: (op, signal) => mayOnly(() => carrier.send(at(op), signal)),
    ...(edit && { edit: (op, signal) => mayOnly(() => edit.call(carrier, at(op), signal)) }),
    ...(retract && { retract: (op, signal) => retract.call(carrier, at(op), signal) }),
    ...(react && { react: (op, signal) => mayOnly(() => react.call(carrier, at(op), signal)) }),
    ...(read && { read: (op, signal) => read.call(carrier, at(op), signal) }),
    ...(typing && { typing: async (op, signal) => (maySend ? typing.call(carrier, at(op), signal) : undefined) }),
    ...(interact && { interact: (op, signal) => mayOnly(() => interact.call(carrier, at(op), signal)) }),
    ...(download && { download: (file, signal) => download.call(carrier, file, signal) }),
    ...(history && { history: (query, signal) => history.call(carrier, at(query), signal) }),
    ...(find && { find: (query, signal) => find.call(carrier, { ...query, login }, signal) }),
    ...(contact && { contact: (id, signal) => contact.call(carrier, id, signal) }),
  } as AnySession
}

/** Its sentence reaches whoever wrote. */
function mute(): AdapterError {
  return new AdapterError(
    "denied",
    "You can only read this chat: the gateway is not allowed to answer for you. Allow it in the network's own settings.",
  )
}
