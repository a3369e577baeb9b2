// Calls of REST whose failures are explained; and what all changes have at hand.
import { AdapterError, type Manage, type Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import { explain } from "../connection/errors.js"
import { isSnowflake, type Snowflake } from "../places.js"
import type { Talker } from "../talk/place.js"
import type { Located } from "./lookup.js"
import type { BotWorld } from "./world.js"

export type Verb = Session<typeof capabilities>["manage"]
export type Op = Parameters<Verb>[0]
export type Done = Awaited<ReturnType<Verb>>
export type Of<D extends Manage["do"]> = Op & { do: D }

export interface Change<O> extends Located {
  bot: Talker
  world: BotWorld
  op: O
  signal: AbortSignal
}
export type Table = { [D in Manage["do"]]?: (change: Change<Of<D>>) => Promise<Done> }

/** What `run` throws, explained. `unsure`: done twice, there would be two of it. */
export async function done<T>(run: () => Promise<T>, unsure = false): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw explain(error, { unsure })
  }
}

/** For the server's audit log, which takes 512 characters after they were escaped (Audit Log Resource). */
export function reason(why: string | undefined): { reason?: string } {
  return why ? { reason: why.slice(0, 128) } : {}
}

export function personOf(user: string): Snowflake {
  if (!isSnowflake(user)) throw new AdapterError("unsupported", "This is a webhook or an app that speaks, not a person.")
  return user
}
