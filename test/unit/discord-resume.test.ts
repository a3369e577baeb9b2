// Gateway connections of the Discord adapter that break, sessions that end, and restarts.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { NetworkEvent } from "xferry"
import type { WebSocket } from "ws"
import { TestHost } from "#src/adapter/conformance/host.js"
import { openGateway } from "#discord/connection/gateway.js"
import {
  at,
  begun,
  failure,
  type Frame,
  heard,
  line,
  type Line,
  parts,
  raise,
  ready,
  said,
  strike,
  texts,
  token,
} from "../support/discord-line.js"
import { within } from "../support/deadline.js"

beforeEach(raise)
afterEach(strike)

describe("a connection that breaks", () => {
  it("is resumed from what was committed, and nothing is told twice", async () => {
    const { one } = await begun()
    let commit!: () => void
    const slow = new Promise<void>((resolve) => (commit = resolve))
    let offered = 0
    at.host.commit = (event) => (event.type === "notice" && event.text === "b" ? (offered++, slow) : Promise.resolve())
    one.send(0, { text: "a" }, "SAID", 2)
    one.send(0, { text: "b" }, "SAID", 3)
    await at.host.until("the second event", () => offered > 0)
    one.socket.terminate()
    const two = await line()
    two.hello()
    const { d } = await two.frame(6)
    assert.deepEqual([d?.session_id, d?.seq, d?.token], ["first", 2, token])
    two.send(0, { text: "b" }, "SAID", 3)
    two.send(0, { text: "c" }, "SAID", 4)
    two.send(0, null, "RESUMED", 5)
    two.send(0, { text: "d" }, "SAID", 6)
    await heard("d")
    commit()
    await heard("b")
    assert.equal(offered, 1)
    assert.deepEqual(texts().sort(), ["a", "b", "c", "d"])
  })

  for (const [what, end] of Object.entries({
    "op 7": (one: Line) => one.send(7, null),
    "op 9, resumable": (one: Line) => one.send(9, true),
    "close 4000": (one: Line) => one.socket.close(4000),
    "close 1001": (one: Line) => one.socket.close(1001),
  }))
    it(`${what}: resumes`, async () => {
      const { one } = await begun()
      end(one)
      const two = await line()
      two.hello()
      await two.frame(6)
      two.send(0, null, "RESUMED", 2)
      two.send(0, { text: "on" }, "SAID", 3)
      await heard("on")
    })

  it("a heartbeat without an answer is a broken connection", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello(50)
    await one.frame(2)
    ready(one)
    await opening
    // As a machine that is gone.
    one.socket.pause()
    const two = await line()
    two.hello()
    await two.frame(6)
  })

  it("a server that never answers heartbeats and has nothing to tell is a living one while its WebSocket answers", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello(50)
    await one.frame(2)
    ready(one)
    await opening
    for (let beat = 0; beat < 5; beat++) await one.frame(1)
    assert.equal(at.lines.length, 1)
  })

  it("a server that never answers heartbeats, but talks, is a living one", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello(50)
    await one.frame(2)
    ready(one)
    await opening
    for (let beat = 0; beat < 4; beat++) {
      await one.frame(1)
      one.send(0, { text: `${beat}` }, "SAID", beat + 2)
    }
    await heard("3")
    assert.equal(at.lines.length, 1)
  })

  it("tries several times, at the usual place if that of the session is gone", async () => {
    const opening = openGateway(parts())
    const one = await line()
    one.hello()
    await one.frame(2)
    ready(one, { resume_gateway_url: "ws://127.0.0.1:1" })
    await opening
    one.socket.terminate()
    const two = await line()
    two.hello()
    await two.frame(6)
  })

  for (const [what, end] of Object.entries({
    "op 9, not resumable": (one: Line) => one.send(9, false),
    "op 9 with nothing": (one: Line) => one.send(9, null),
    "close 4009": (one: Line) => one.socket.close(4009),
    "a second READY": (one: Line) => ready(one, { session_id: "second" }),
  }))
    it(`${what}: ends the session, and the next one begins anew`, async () => {
      const { one, ended } = await begun({ timing: { ...at.timing, good: 0 } })
      end(one)
      const error = await failure(ended)
      assert.deepEqual([error.kind, error.retryAfterMs], ["retry", 0])
      const opening = openGateway(parts())
      const two = await line()
      two.hello()
      await two.frame(2)
      ready(two)
      await opening
    })

  it("that stays broken ends the session, which can still be resumed", async () => {
    const { one, ended } = await begun()
    at.timing.giveUp = 50
    one.socket.terminate()
    const refuse = (client: WebSocket): void => client.terminate()
    at.sockets.on("connection", refuse)
    const error = await failure(ended)
    assert.equal(error.kind, "retry")
    assert.match(error.message, /does not let the bot in/)
    at.sockets.off("connection", refuse)
    at.timing.giveUp = 60_000
    // The last one that was given up may come in after this.
    const resumed = new Promise<[Line, Frame]>((resolve) => {
      at.onLine = () => {
        const newest = at.lines.at(-1)
        newest?.hello()
        newest?.frame(6).then(
          (frame) => resolve([newest, frame]),
          () => undefined,
        )
      }
    })
    const opening = openGateway(parts())
    const [two, { d }] = await within(resumed, 5000, "a resume")
    assert.equal(d?.session_id, "first")
    two.send(0, null, "RESUMED", 2)
    await opening
  })

  it("a server that knows no RESUME ends the session", async () => {
    const { one, ended } = await begun()
    one.socket.terminate()
    const two = await line()
    two.hello()
    await two.frame(6)
    two.socket.close(1000)
    assert.equal((await failure(ended)).kind, "retry")
  })

  it("a server that goes on counting from the start after a resume is heard", async () => {
    const { one } = await begun()
    one.send(0, { text: "a" }, "SAID", 50)
    await heard("a")
    one.socket.terminate()
    const two = await line()
    two.hello()
    await two.frame(6)
    two.send(0, null, "RESUMED", 1)
    two.send(0, { text: "b" }, "SAID", 2)
    await heard("b")
  })
})

describe("a restart", () => {
  async function stopped(): Promise<void> {
    const { one, ended } = await begun()
    one.send(0, { text: "a" }, "SAID", 2)
    await heard("a")
    const closed = one.closed()
    at.host.close()
    await ended
    assert.equal(await closed, 4200)
    at.host = new TestHost(at.host.memory)
  }

  it("ends quietly, and resumes with the world learned before anything is told", async () => {
    await stopped()
    let learn!: (events: NetworkEvent[]) => void
    const learned = new Promise<NetworkEvent[]>((resolve) => (learn = resolve))
    const opening = openGateway(parts({ load: () => learned }))
    const one = await line()
    one.hello()
    const { d } = await one.frame(6)
    assert.deepEqual([d?.session_id, d?.seq], ["first", 2])
    one.send(0, { text: "b" }, "SAID", 3)
    one.send(0, null, "RESUMED", 4)
    learn([said("the world")])
    await opening
    await heard("b")
    assert.deepEqual(texts(), ["the world", "b"])
  })

  for (const [what, load] of Object.entries({
    "cannot be learned": () => Promise.reject(new Error("no")),
    "takes too long to learn": () => new Promise<never>(() => undefined),
  }))
    it(`begins anew if the world ${what}`, async () => {
      await stopped()
      const opening = openGateway(parts({ load, timing: { ...at.timing, load: 20 } }))
      const one = await line()
      one.hello()
      await one.frame(6)
      one.send(0, null, "RESUMED", 3)
      const two = await line()
      two.hello()
      await two.frame(2)
      ready(two)
      await opening
    })

  for (const [what, refuse] of Object.entries({
    "op 9": (one: Line) => one.send(9, false),
    "closing with 1000": (one: Line) => one.socket.close(1000),
    "closing with 4001": (one: Line) => one.socket.close(4001),
    READY: (one: Line) => ready(one, { session_id: "other" }),
    silence: () => undefined,
  }))
    it(`begins anew if the server answers RESUME with ${what}`, async () => {
      await stopped()
      const opening = openGateway(parts({ timing: { ...at.timing, resume: 20 } }))
      const one = await line()
      one.hello()
      await one.frame(6)
      refuse(one)
      const two = await line()
      two.hello()
      await two.frame(2)
      ready(two)
      await opening
    })

  it("begins anew with other intents, and with a state nobody can read", async () => {
    await stopped()
    const opening = openGateway(parts({ intents: 3 }))
    const one = await line()
    one.hello()
    assert.equal((await one.frame(2)).d?.intents, 3)
    ready(one)
    await opening
    at.host.close()
    at.host = new TestHost(new Map([["gateway", "{"]]))
    await begun()
  })
})
