// An adapter with a tap: tests say what its network says, word by word, and change the verbs of its sessions.
import type { Host, NetworkEvent } from "#src/adapter/contract.js"
import type { AnyAdapter, AnySession } from "#src/adapter/define.js"

export class Tap {
  readonly adapter: AnyAdapter
  #host: Host | undefined

  /** `more`: verbs instead of the adapter's own. `connecting` runs inside `connect`, before there is a session. */
  constructor(plain: unknown, more: (session: AnySession) => object = () => ({}), connecting?: (host: Host) => void) {
    const adapter = plain as AnyAdapter
    this.adapter = {
      ...adapter,
      connect: async (secret, options, host) => {
        this.#host = host
        connecting?.(host)
        const session: AnySession = await adapter.connect(secret, options, host)
        return { ...session, ...more(session) }
      },
    }
  }

  /** Of the newest session. Resolves when the event is committed. */
  emit(event: NetworkEvent): Promise<void> {
    return this.#host?.emit(event) ?? Promise.reject(new Error("there is no session yet"))
  }
}
