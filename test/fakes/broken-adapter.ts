// A program: the conformance kit, run on an adapter with the fault named by the first argument.
import adapter, { getNetwork, listen } from "xferry-adapter-loopback"
import plain from "xferry-adapter-loopback/plain"
import { conformance } from "xferry/conformance"
import { AdapterError, type Host, type NetworkEvent } from "xferry"
import { LoopbackFake } from "./loopback.js"

type Adapter = typeof adapter
type Session = Awaited<ReturnType<Adapter["connect"]>>

/** The adapter with another host, or another session. */
const withHost =
  (change: (host: Host) => Partial<Host>): Adapter["connect"] =>
  (secret, options, host) =>
    // Not a spread: a host's signal may be a getter, its `emit` a method of a class.
    adapter.connect(secret, options, {
      log: host.log,
      signal: host.signal,
      commands: host.commands,
      state: host.state,
      run: (command) => host.run(command),
      emit: (event) => host.emit(event),
      ...change(host),
    })
const withSession =
  (change: (session: Session) => Partial<Session>): Adapter["connect"] =>
  async (secret, options, host) => {
    const session = await adapter.connect(secret, options, host)
    return { ...session, ...change(session) }
  }

const faults: Record<string, Partial<Adapter>> = {
  none: {},
  "acknowledges early": {
    connect: withHost((host) => ({
      emit: (event) => {
        host.emit(event).catch(() => undefined)
        return Promise.resolve()
      },
    })),
  },
  "emits twice": {
    connect: withHost((host) => ({
      async emit(event) {
        await host.emit(event)
        await host.emit(event)
      },
    })),
  },
  "mangles emoji": {
    connect: withHost((host) => ({
      emit: (event: NetworkEvent) =>
        host.emit(event.type === "message" ? { ...event, body: { text: event.body.text.replace(/\p{Cf}/gu, "") } } : event),
    })),
  },
  "throws anything": {
    connect: withSession((session) => ({
      send: (op, signal) =>
        session.send(op, signal).catch((error: Error) => {
          throw new Error(error.message)
        }),
    })),
  },
  "logs the secret": {
    connect: (secret, options, host) => {
      host.log.info({ secret }, "connecting")
      return adapter.connect(secret, options, host)
    },
  },
  "never ends": { connect: withSession(() => ({ ended: new Promise<void>(() => undefined) })) },
  "lacks a verb": { connect: withSession(() => ({ edit: undefined as never })) },
  "forgets keys": { connect: plain.connect },
  "ignores edits": { connect: withSession(() => ({ edit: () => Promise.resolve() })) },
  "says in private what was said in a room": {
    connect: withHost((host) => ({
      emit: (event) => host.emit(event.type === "message" && "room" in event.chat ? { ...event, chat: { user: event.from.id } } : event),
    })),
  },
  "skips a page of history": {
    connect: withSession((session) => ({
      history: async (query, signal) => {
        const { items, more } = await session.history(query, signal)
        return { items: items.slice(1), more }
      },
    })),
  },
  "lists members twice": {
    connect: withSession((session) => ({
      members: async (query, signal) => {
        const { items, next } = await session.members({ ...query, limit: 1 }, signal)
        return { items: [...items, ...items], ...(next !== undefined && { next }) }
      },
    })),
  },
  "retries what is forbidden": {
    connect: withSession((session) => ({
      manage: (op, signal) =>
        session.manage(op, signal).catch(() => {
          throw new AdapterError("retry", "Later, perhaps.")
        }),
    })),
  },
  "takes any password": {
    login: (ask, options, signal) => adapter.login(async (step) => ({ ...(await ask(step)), password: "anything" }), options, signal),
  },
}

const fault = faults[process.argv[2] ?? "none"]
if (fault === undefined) throw new Error("no such fault")
conformance(
  { ...adapter, ...fault },
  () =>
    new LoopbackFake(async () => {
      const { address, close } = await listen(getNetwork("broken"), "127.0.0.1:0")
      return { address, options: { network: "broken" }, stop: close }
    }),
  { deadlineMs: Number(process.argv[3] ?? 2000) },
)
