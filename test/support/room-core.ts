// The core of one network without XMPP, on a real store and a network in memory: what its rooms are told is noted, and taken at once.
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { getNetwork, type Network as Loop, type NewRoom } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { IdMint } from "#src/core/ids.js"
import type { BareJid } from "#src/core/model.js"
import { Network } from "#src/core/network.js"
import type { ConfiguredAccount } from "#src/core/parts.js"
import type { Face } from "#src/core/ports.js"
import type { Store } from "#src/core/store.js"
import { openStore } from "#src/store/index.js"
import type { Component } from "#src/xmpp/component.js"
import { within } from "./deadline.js"
import { LogBook } from "./link-kit.js"
import { tempDir } from "./paths.js"
import { RoomRecorder } from "./room-recorder.js"

const nothing = (): void => undefined

export class RoomCore {
  readonly recorder = new RoomRecorder()

  private constructor(
    readonly store: Store,
    readonly network: Network,
    readonly loop: Loop,
  ) {
    const face: Face = {
      online: true,
      rooms: { write: (rowId) => queueMicrotask(() => network.delivered([rowId])), changed: nothing },
      ...{
        write: nothing,
        typing: nothing,
        contactChanged: nothing,
        consentChanged: nothing,
        say: nothing,
        linkChanged: nothing,
        presenceChanged: nothing,
        avatarChanged: nothing,
        linkRemoved: nothing,
      },
      pictureOf: () => Promise.resolve(undefined),
      slot: () => Promise.resolve(undefined),
    }
    this.recorder.seam({ face } as Component)
    network.wire(face)
  }

  static async open(adapter: AnyAdapter, configured: ConfiguredAccount[] = []): Promise<RoomCore> {
    const name = randomUUID()
    const log = new LogBook()
    const store = await openStore({ path: join(tempDir("rooms"), "gateway.db"), log })
    const vault = {
      seal: (_: unknown, text: string) => Buffer.from(text),
      open: (_: unknown, sealed: Uint8Array) => Buffer.from(sealed).toString(),
    }
    const options = { network: name, window: 256 }
    const parts = { id: "lo", domain: "lo.example.test", adapter, options, configured, store, vault, ids: new IdMint(), log }
    const core = new RoomCore(store, new Network({ ...parts, mayRegister: () => true }), getNetwork(name))
    await core.network.start([])
    return core
  }

  async register(user: BareJid): Promise<void> {
    const account = user.split("@")[0] ?? ""
    await this.network.register(user, () => Promise.resolve({ name: account, password: "p" }))
    await this.loop.account(account).whenAttached()
  }

  /** Makes or changes a room; resolves when the core has taken note. */
  async room(room: NewRoom, account: string): Promise<void> {
    this.loop.rooms.make(room)
    await this.drained(account)
  }

  /** The core has committed all that the network told it. */
  async drained(account: string): Promise<void> {
    await this.loop.account(account).whenAttached()
    await within(this.loop.account(account).mailbox.drained(), 5000, `what ${account} was told to be committed`)
  }

  async close(): Promise<void> {
    await this.network.stop()
    await this.network.close()
    await this.store.close()
  }
}
