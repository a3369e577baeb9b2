// Asking to write with somebody: foreign people learn nothing of who there is; ending it, for good or not; a gateway that dies in between.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Store } from "#src/core/store.js"
import type { Play } from "../support/core-kit.js"
import { befriended, hears, invitation, jidOf, mercutio, says, silent, told, verona, writes } from "../support/consent-kit.js"
import { answer, chat, command, juliet, romeo, sharedPlay } from "../support/identity-kit.js"

let play: Play
afterEach(() => play.close())

const julietsBare = "juliet@example.test"
const roster = (): unknown[] => play.rows("SELECT consent, subscription, refused FROM roster ORDER BY link_id")

/** A presence of Juliet's, as her server sends it. */
const julietSends = (type: string): void => play.server.send(`<presence from='${julietsBare}' to='${jidOf(mercutio)}' type='${type}'/>`)

async function asked(): Promise<void> {
  await command(play, mercutio, "xmpp", julietsBare)
  await play.server.expect(`<presence from='${jidOf(mercutio)}' to='${julietsBare}' type='subscribe'/>`)
}

describe("a foreign person who asks", () => {
  test("reaches the user as a subscription request; agreed is told, and both can write", async () => {
    play = await verona()
    await asked()
    await says(play, "too early")
    assert.match((await told(play, 1))[0] ?? "", /Not delivered/)
    assert.match((await writes(play, juliet, "too early")).toString(), /Accept their request first/)
    julietSends("subscribed")
    assert.match((await told(play, 2))[1] ?? "", /juliet@example\.test has agreed/)
    await says(play, "at last")
    assert.equal(await hears(play, juliet), "at last")
    await writes(play, juliet, "indeed")
    assert.equal((await told(play, 3))[2], "indeed")
    silent(play)
  })

  test("is accepted by a word to the gateway as well", async () => {
    play = await verona()
    await asked()
    assert.match(await chat(play, juliet, "accept"), /Mercutio: 99!main@lo\.example\.test/)
    assert.match(await chat(play, juliet, jidOf(mercutio)), /You write with Mercutio now/)
    assert.match((await told(play, 1))[0] ?? "", /has agreed/)
  })

  test("and is turned away hears nothing of it, and does not ask again at once", async () => {
    play = await verona()
    await asked()
    julietSends("unsubscribed")
    await play.empty("SELECT 1 FROM roster WHERE consent <> 'none'")
    await command(play, mercutio, "xmpp", julietsBare)
    await play.sync()
    play.server.refute(`<presence from='${jidOf(mercutio)}' to='${julietsBare}' type='subscribe'/>`)
    assert.deepEqual(play.network.sent.list({ to: mercutio }), [])
    // What comes late, or was never asked, agrees to nothing.
    julietSends("subscribed")
    await play.sync()
    assert.deepEqual(roster(), [{ consent: "none", subscription: "none", refused: 0 }])
  })

  test("gets the same answer, whoever there is and whatever they said", async () => {
    play = await verona({ admins: ["boss@example.test"] })
    const ask = async (from: string, jid: string): Promise<string> => (await command(play, from, "xmpp", jid)).replaceAll(jid, "JID")
    const nobody = await ask("50", "nobody@example.test")
    const first = await ask(mercutio, julietsBare)
    const again = await ask(mercutio, julietsBare)
    julietSends("unsubscribed")
    await play.empty("SELECT 1 FROM roster WHERE consent <> 'none'")
    const declined = await ask(mercutio, julietsBare)
    await chat(play, juliet, `block ${jidOf(mercutio)}`)
    const blocked = await ask(mercutio, julietsBare)
    const capital = await ask("51", "Juliet@Example.TEST")
    await chat(play, "boss@example.test/x", "shut-out romeo@example.test")
    const shutOut = await ask("52", "romeo@example.test")
    assert.deepEqual(
      new Set([nobody, first, again, declined, blocked, shutOut]).size,
      1,
      [nobody, first, again, declined, blocked].join("\n"),
    )
    assert.equal(capital.toLowerCase().replace("juliet@example.test", "jid"), nobody.toLowerCase())
    // What one cannot be is told.
    assert.match(await ask("53", "no address"), /xmpp juliet@example\.org/)
    // Of all this nothing was kept but of those who are there.
    assert.deepEqual(play.rows("SELECT legacy_id FROM contact WHERE legacy_id IN ('50', '52', '53')"), [])
  })

  test("cannot try name after name", async () => {
    play = await verona()
    const answers: string[] = []
    for (let i = 0; i < 6; i++) answers.push(await command(play, mercutio, "xmpp", `user${i}@example.test`))
    assert.match(answers[5] ?? "", /Try again in an hour/)
    // Nor does the limit tell anything.
    assert.match(await command(play, mercutio, "xmpp", julietsBare), /Try again in an hour/)
  })

  test("cannot do so in a room, nor by an account of somebody's own", async () => {
    play = await sharedPlay({ rooms: { "*": ["*"] } })
    await play.room({ account: "main" }, "main")
    assert.match(await command(play, mercutio, "xmpp", julietsBare, { room: "g1" }), /direct chat/)
    await play.register(romeo)
    assert.match((await play.network.desk.say({ account: "romeo", from: mercutio, name: "to" })).text, /one person's alone/)
  })
})

describe("the end of it", () => {
  test("by the person: the user is told, and neither can write", async () => {
    play = await verona()
    await befriended(play, juliet)
    await play.server.expect(`<presence from='${jidOf(mercutio)}' to='${julietsBare}' type='subscribe'/>`)
    assert.match(await command(play, mercutio, "stop"), /You do not write with juliet@example\.test any more/)
    assert.match(await answer(play, juliet), /Mercutio does not write with you any more/)
    // So that an old subscription cannot agree to a new request.
    for (const type of ["unsubscribe", "unsubscribed"])
      await play.server.expect(`<presence from='${jidOf(mercutio)}' to='${julietsBare}' type='${type}'/>`)
    assert.match((await writes(play, juliet, "why?")).toString(), /not-allowed/)
    await says(play, "nothing")
    await play.sync()
    silent(play)
    assert.deepEqual(
      play.network.sent.list({ to: mercutio }).filter(({ text }) => text === "why?"),
      [],
    )
  })

  test("for good: an invitation of the user's is needed by nobody but the person", async () => {
    play = await verona()
    await befriended(play, juliet)
    await command(play, mercutio, "block", "juliet")
    await answer(play, juliet)
    assert.match((await writes(play, juliet, "why?")).toString(), /not-allowed/)
    await chat(play, juliet, `accept ${jidOf(mercutio)}`)
    assert.match((await writes(play, juliet, "why?")).toString(), /not-allowed/)
    // Who was never met can be kept away, and whether there is such a user is not told.
    const known = await command(play, mercutio, "block", "romeo@example.test")
    const unknown = await command(play, mercutio, "block", "nobody@example.test")
    assert.equal(known.replace("romeo", "nobody"), unknown)
    assert.deepEqual(roster().length, 2)
    // By their own will they are back.
    assert.match(await command(play, mercutio, "start", await invitation(play, juliet)), /You write with juliet/)
    assert.ok((await writes(play, juliet, "welcome back")).getChild("received"))
  })

  test("with one of several, or with all", async () => {
    play = await verona()
    await befriended(play, romeo)
    await befriended(play, juliet)
    const question = await play.network.desk.say({ account: "main", from: mercutio, name: "stop" })
    const choice = question.extras?.[0]
    assert.deepEqual(choice?.type === "choice" ? choice.options.map(({ text }) => text) : [], [
      "romeo@example.test",
      julietsBare,
      "all of them",
    ])
    assert.match(await command(play, mercutio, "stop", "all"), /romeo@example\.test, juliet@example\.test/)
    assert.match(await command(play, mercutio, "to"), /nobody of XMPP/)
  })

  test("by the user: the person is told, and what they say next goes to nobody else", async () => {
    play = await verona()
    await befriended(play, romeo)
    await befriended(play, juliet)
    julietSends("unsubscribed")
    assert.match((await told(play, 1))[0] ?? "", /juliet@example\.test does not write with you here any more/)
    await says(play, "for Juliet alone")
    assert.match((await told(play, 2))[1] ?? "", /For whom is this/)
    silent(play)
  })

  test("whoever is shut out by an administrator is heard by nobody, and gets no answer", async () => {
    play = await verona({ admins: ["boss@example.test"] })
    await befriended(play, juliet)
    await chat(play, "boss@example.test/x", `shut-out foreign:${mercutio}`)
    await says(play, "hello?")
    assert.equal(await command(play, mercutio, "to"), "")
    await play.sync()
    silent(play)
    assert.deepEqual(play.network.sent.list({ to: mercutio }), [])
  })

  test("all of it is in the audit log, without words", async () => {
    play = await verona()
    await befriended(play, juliet)
    await command(play, mercutio, "stop")
    await asked()
    julietSends("subscribed")
    await play.told("send", 1, { to: mercutio })
    await play.stop()
    const acts = play.rows<{ act: string }>("SELECT act FROM audit ORDER BY id").map(({ act }) => act)
    for (const act of ["invite made", "invite followed", "consent ended", "consent asked", "consent given"])
      assert.ok(acts.includes(act), `${act}: ${acts.join()}`)
    await play.start()
  })
})

describe("a gateway that dies", () => {
  /** Before or after the commit of the first call of this name; what comes of the call nobody learns. */
  async function dying(name: keyof Store, when: "before" | "after"): Promise<{ play: Play; died: Promise<void>; arm(): void }> {
    let [armed, dead] = [false, false]
    let tell = (): void => undefined
    const died = new Promise<void>((resolve) => (tell = resolve))
    const seam = (store: Store): Store =>
      new Proxy(store, {
        get(target, called) {
          const work = Reflect.get(target, called) as (...args: unknown[]) => unknown
          if (called !== name || !armed || dead) return work.bind(target)
          return async (...args: unknown[]) => {
            dead = true
            if (when === "after") await work.apply(target, args)
            tell()
            throw new Error("the gateway is dead")
          }
        },
      })
    return { play: await verona({ seams: { store: seam } }), died, arm: () => (armed = true) }
  }

  for (const when of ["before", "after"] as const) {
    test(`${when} the user's yes is committed: it is told once when the gateway is back`, async () => {
      const { play: on, died, arm } = await dying("changeConsent", when)
      play = on
      await asked()
      arm()
      julietSends("subscribed")
      await died
      await play.away(() => undefined, "main")
      if (when === "before") {
        // Her server knows nothing of it: she says so again.
        assert.deepEqual(play.rows("SELECT consent FROM roster"), [{ consent: "asked" }])
        julietSends("subscribed")
      }
      assert.match((await told(play, 1))[0] ?? "", /has agreed/)
      await says(play, "hello")
      assert.equal(await hears(play, juliet), "hello")
      assert.equal((await told(play, 1)).length, 1)
    })

    test(`${when} what waited was passed on: it comes once, in its order`, async () => {
      const { play: on, died, arm } = await dying("dropHeld", when)
      play = on
      await befriended(play, juliet)
      await befriended(play, romeo)
      await chat(play, romeo, `decline ${jidOf(mercutio)}`)
      await says(play, "one")
      await says(play, "two")
      arm()
      void command(play, mercutio, "to", "juliet")
      await died
      await play.away(() => undefined, "main")
      assert.deepEqual([await hears(play, juliet), await hears(play, juliet)], ["one", "two"])
      await says(play, "three")
      assert.equal(await hears(play, juliet), "three")
      silent(play)
    })
  }
})
