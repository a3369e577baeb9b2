// The gateway with a mine at every effect: process `k` dies by SIGKILL at the k-th. Run by ship.ts, never in production.
import { writeSync } from "node:fs"
import loopback from "xferry-adapter-loopback"
import plain from "xferry-adapter-loopback/plain"
import type { AnyAdapter, AnySession } from "#src/adapter/define.js"
import { loadConfig } from "#src/config/index.js"
import { startGateway } from "#src/gateway.js"
import { createLog } from "#src/log.js"
import { FakeMedia } from "../support/fake-media.js"
import { quickClock } from "../support/quick-clock.js"
import { hastyClock, LateFiles } from "./late-files.js"

const [, , configFile = "", mine = "0"] = process.argv
const dieAt = Number(mine)
let hits = 0

/** An effect begins, or has just taken place. */
function hit(label: string): void {
  hits++
  writeSync(1, `hit ${hits} ${label}\n`)
  if (hits === dieAt) process.kill(process.pid, "SIGKILL")
}

/** Reads change nothing: a crash there is the crash after the effect before. */
const reads =
  /^(load|roster|find|conversation|openLanes|laneRows|lastId|getState|backlog|schema|sealed|prune|sweep|close|archive|participants?$|recentMessages|recentDirect|roomMessage|direct|ourReactions|staleLines|offered|avatarOf|furtherOf|picture$|banned|roomsWith|sharedFile|keptFiles?$)/

/** Of a session: asks the network, or says what is forgotten at once. */
const harmless = /^(typing|contact|rooms?|members|access|history)$/

/** Before the call, and when its promise has settled. */
function mined<T extends object>(port: string, target: T, skip: (name: string) => boolean = () => false): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object)
      if (typeof value !== "function" || typeof name !== "string" || skip(name))
        return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(object) : value
      return (...args: unknown[]) => {
        hit(`before ${port}.${name}`)
        const result: unknown = value.apply(object, args)
        if (result instanceof Promise) return result.finally(() => hit(`after ${port}.${name}`))
        // What is written in this tick leaves at its end.
        setImmediate(() => hit(`after ${port}.${name}`))
        return result
      }
    },
  })
}

/** The account reacts as itself, and with little. */
const asBot: Pick<AnyAdapter["capabilities"], "react"> =
  process.env["XFERRY_CRASH_BOT"] === undefined ? {} : { react: { as: "bot", max: 1, allowed: ["👍"] } }

function minedAdapter(adapter: AnyAdapter): AnyAdapter {
  return {
    ...adapter,
    capabilities: { ...adapter.capabilities, ...asBot },
    async connect(secret, options, host) {
      const emit: typeof host.emit = async (event) => {
        hit(`before network.${event.type}`)
        await host.emit(event)
        hit(`before network.ack`)
      }
      const session = await adapter.connect(secret, options, { ...host, emit })
      return mined("session", session as object, (name) => harmless.test(name)) as AnySession
    },
  }
}

/** The bundle has it with it: what the config names is a file that exports this (ship.ts). */
Object.assign(globalThis, { crashAdapter: process.env["XFERRY_CRASH_ADAPTER"] === "plain" ? plain : loopback })

async function sail(): Promise<void> {
  const config = await loadConfig(configFile)
  const log = createLog(config.log)
  const late = process.env["XFERRY_CRASH_LATE"] === undefined ? undefined : new LateFiles(config.store)
  /** Any address can be fetched; what is there is the address. */
  const media = late ?? new FakeMedia()
  media.otherwise = (url) => ({ bytes: Buffer.from(url), mime: "image/png" })

  const gateway = await startGateway(config, log, {
    clock: late || asBot.react ? hastyClock : quickClock,
    store: (store) => {
      const known = mined("store", store, (name) => reads.test(name))
      return late?.watching(known) ?? known
    },
    adapter: minedAdapter,
    media: () => mined("media", media, (name) => name === "stop"),
    component: (component) => {
      component.face.rooms.write = mined("rooms", component.face.rooms, (name) => name !== "write").write.bind(undefined)
      return { ...component, face: mined("stream", component.face, (name) => name !== "write") }
    },
  })
  writeSync(1, "crash child ready\n")
  process.once("SIGTERM", () => void gateway.stop().then(() => process.exit(0)))
}

// No await at the top: the bundle is no ES module.
void sail()
