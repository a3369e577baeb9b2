// The other legs of a bridge, where what follows from a call is told as well; and the way back of what became of a copy.
import type { Conversation, OutOp } from "../model.js"
import type { Bridging } from "./ports.js"

export interface Others {
  /** For the store call that commits what follows. */
  legs: { copies?: readonly number[] }
  /** It is committed. `why`: the call was given up, for this reason. */
  poke(why?: string): void
}

/** Of a direct chat, and of what is a copy itself, nothing is copied. */
export function othersOf({ bridges }: { bridges?: Bridging }, { id, linkId }: Conversation, { k, origin }: OutOp): Others {
  const { copy } = origin
  const copies = copy || linkId !== null ? undefined : bridges?.others(id)
  return {
    legs: copies ? { copies } : {},
    poke: (why) => {
      bridges?.poke(copies)
      if (copy && why !== undefined && k === "send") bridges?.refused(id, copy, why)
    },
  }
}
