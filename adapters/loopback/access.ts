// Finds the network that the options name: in another process, or in this one, with or without a control socket.
import { AdapterError } from "xferry"
import { remote, type Access } from "./client.js"
import { getNetwork, type Network } from "./network.js"
import type { Options } from "./options.js"
import { listen, type Listening } from "./server.js"

/** Above all ids of an earlier run at up to 100,000 messages a second, and still exact as a number. */
export const freshFirstId = (): number => Date.now() * 100

const listeners = new Map<string, Promise<Listening>>()

export async function findNetwork({ connect, network: name, listen: where }: Options, told?: (address: string) => void): Promise<Access> {
  if (connect !== undefined) return remote(connect)
  if (where === undefined) return local(getNetwork(name))
  const network = getNetwork(name, { firstId: freshFirstId() })
  const key = `${name}\n${where}`
  let listening = listeners.get(key)
  if (listening === undefined) {
    listeners.set(key, (listening = listen(network, where, { hold: false })))
    listening.catch(() => listeners.delete(key))
    listening.then(({ address }) => told?.(address)).catch(() => undefined)
  }
  await listening.catch((error: Error) => {
    throw new AdapterError("retry", `The loopback network cannot listen: ${error.message}`, { cause: error })
  })
  return local(network)
}

/** Closes every control socket of this process. */
export async function closeListeners(): Promise<void> {
  const open = [...listeners.values()]
  listeners.clear()
  await Promise.all(open.map(async (listening) => (await listening).close()))
}

function local(network: Network): Access {
  return {
    login: async (credentials, signal) => network.login(credentials, signal),
    logout: async ({ account }) => network.logout(account),
    attach: async (credentials, ear, window, signal) => network.attach(credentials, ear, window, signal),
  }
}
