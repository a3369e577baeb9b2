// Checks: errors have a kind and a sentence, ends are clean, accounts do not mix, secrets stay secret.
import assert from "node:assert/strict"
import { inspect } from "node:util"
import type { AdapterError } from "../errors.js"
import { within } from "./host.js"
import type { Check, Stage } from "./stage.js"

export function failingChecks(stage: () => Stage, check: Check): void {
  check("fails with the kind that is due", async (t) => {
    for (const [kind, order] of Object.entries(stage().fake.faults ?? {})) {
      if (kind === "hang") continue // the last check of all
      await t.test(kind, async () => {
        const open = await stage().open()
        const { chat } = await stage().hear(open)
        await order()
        if (kind === "logged-out") stage().forgetLogin(0)
        const error = await stage().failure(`a send that is due to fail with «${kind}»`, () =>
          stage().send(open, chat, stage().text("failing")),
        )
        assert.equal(error.kind, kind)
        if (error.retryAfterMs !== undefined) assert.ok(error.retryAfterMs >= 0 && Number.isFinite(error.retryAfterMs))
      })
    }
  })

  check("fails for a chat that is not there", async () => {
    const { nobody } = stage().fake
    if (nobody === undefined) return
    const open = await stage().open()
    const error = await stage().failure("a send to nobody", () => stage().send(open, { user: nobody }, stage().text("to nobody")))
    assert.ok(["gone", "denied", "rejected"].includes(error.kind), `«${error.kind}» would have the core try for ever`)
  })

  check("ends when it is told to, and lets go of everything", async () => {
    const open = await stage().open()
    await stage().hear(open)
    await open.close()
    // A second session proves that the first holds nothing any more.
    const next = await stage().open()
    await stage().hear(next)
    await next.close()
  })

  check("loses nothing when the connection breaks", async () => {
    const { fake, deadlineMs } = stage()
    if (fake.cut === undefined) return
    let open = await stage().open()
    const { chat } = await stage().hear(open)
    await fake.cut()
    const text = stage().text("while away")
    const id = await fake.personSays(text, 0)
    const arrival = open.host.event("a message after the connection broke", (event) => event.type === "message" && event.id === id)
    const ended = open.session.ended.catch((error: unknown) => stage().errors.push(error))
    arrival.catch(() => undefined)
    // Either it comes back by itself, or it ends and the core connects again.
    await within(Promise.race([arrival, ended]), deadlineMs, "the session to recover or to end")
    if (!open.host.events.some((event) => event.type === "message" && event.id === id)) {
      open = await stage().open()
      await open.host.event("a message after the connection broke", (event) => event.type === "message" && event.id === id)
    }
    await stage().send(open, chat, stage().text("back again"))
  })

  check("keeps two accounts apart", async () => {
    if (stage().fake.roomsOnly) return
    const [first, second] = [await stage().open(0), await stage().open(1)]
    assert.notEqual(first.session.self.id, second.session.self.id)
    const [one, other] = [await stage().hear(first), await stage().hear(second)]
    await Promise.all([stage().hear(first), stage().hear(second)])
    assert.ok(!first.host.events.some((event) => event.type === "message" && event.body.text === other.body.text))
    assert.ok(!second.host.events.some((event) => event.type === "message" && event.body.text === one.body.text))
    const text = stage().text("from the second")
    await stage().send(second, other.chat, text)
    assert.ok((await stage().fake.sent(1)).some((message) => message.text === text))
    assert.ok(!(await stage().fake.sent(0)).some((message) => message.text === text))
  })

  check("emitted nothing after the end, and let no secret into a log or an error", async () => {
    await stage().closeAll()
    const { hosts, errors, secrets } = stage()
    assert.deepEqual(
      hosts.flatMap(({ late }) => late),
      [],
    )
    const said = [...hosts.flatMap(({ logged }) => logged), ...errors.map((error) => inspect(error, { depth: 8 }))]
    for (const secret of secrets) {
      const leak = said.find((text) => text.includes(secret))
      assert.equal(leak?.replaceAll(secret, "<the secret>"), undefined, "a secret was logged, or is in an error or its cause")
    }
  })
}

/** The very last: where the abort comes before the request has left, the fake's fault is still to come, for whoever asks next. */
export function hangingCheck(stage: () => Stage, check: Check): void {
  check("gives up a call without an answer when it is aborted", async () => {
    const { hang } = stage().fake.faults ?? {}
    if (hang === undefined) return
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    const abort = new AbortController()
    await hang()
    const sending = open.session.send({ chat, body: { text: stage().text("hanging") }, key: "hang" }, abort.signal)
    setImmediate(() => abort.abort())
    const error: AdapterError = await stage().failure("an aborted send", () => sending)
    assert.ok(["unknown-outcome", "retry"].includes(error.kind))
  })
}
