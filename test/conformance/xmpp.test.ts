// The built-in network of other services' rooms keeps to the contract, against rooms of a real Prosody.
import { overStream } from "#src/xmpp/client/index.js"
import { conformance, type TestHost } from "xferry/conformance"
import { MucFake } from "../fakes/muc.js"
import { MucWorld } from "../support/muc-world.js"

const world = new MucWorld()

// Which rooms it is in, the core tells the network when somebody wants it so; the kit does not.
const adapter = overStream(world.port)
const rooms = ["garden", "court"].map((name) => ({ jid: `${name}@conference.example.test` }))

conformance(
  {
    ...adapter,
    async connect(secret, options, host) {
      if ((await host.state.get("rooms")) === undefined) await host.state.set("rooms", JSON.stringify(rooms))
      const session = await adapter.connect(secret, options, host)
      for (const { jid } of rooms) await session.manage({ room: jid, do: "join" }, (host as TestHost).signal)
      return session
    },
  },
  () => new MucFake(world),
)
