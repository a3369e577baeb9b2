// Showing who one is: codes, who hands them in, who is asked, who is refused; two people one user, two users one person; whois.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Store } from "#src/core/store.js"
import type { Play } from "../support/core-kit.js"
import { domain } from "../support/core-kit.js"
import { answer, chat, codeFor, command, juliet, prove, romeo, sharedPlay } from "../support/identity-kit.js"

let play: Play
afterEach(() => play.close())

const links = (): unknown[] =>
  play.rows("SELECT u.jid, l.tag, l.role, l.identity FROM link l JOIN gateway_user u ON u.id = l.user_id ORDER BY l.id")

describe("registering with a shared account", () => {
  test("by chat: the code is handed in on the network, and both sides are told", async () => {
    play = await sharedPlay()
    play.network.person({ id: "4711", name: "Romeo M." })
    assert.match(await chat(play, romeo, "register"), /main[\s\S]*account of my own/i)
    const shown = await chat(play, romeo, "main")
    const [, code = ""] = /link ([a-z2-7]{10,})/.exec(shown) ?? []
    assert.match(shown, new RegExp(`loopback:\\?start=${code}`))
    // Whoever hands it in is asked first: somebody else may have sent them here.
    const asked = await play.network.desk.say({ account: "main", from: "4711", name: "start", argument: code.toUpperCase() })
    assert.match(asked.text, /romeo@example\.test wants to be tied to your account/)
    const options = asked.extras?.[0]?.type === "choice" ? asked.extras[0].options : []
    assert.deepEqual(links(), [])
    const [name = "", ...rest] = (options[0]?.id ?? "").split(" ")
    assert.match(await command(play, "4711", name, rest.join(" ")), /You are romeo@example\.test in XMPP now/)
    const told = [await answer(play, romeo), await answer(play, romeo)].join("\n")
    assert.match(told, /You are Romeo M\. on Loopback now/)
    assert.match(told, /Loopback knows you now/)
    assert.deepEqual(links(), [{ jid: "romeo@example.test", tag: "main", role: "guest", identity: "4711" }])
    // The dialogue is over: the next word is a command again.
    assert.match(await chat(play, romeo, "status"), /connected/)
    // Replayed, by whomever.
    for (const who of ["4711", "6"]) assert.match(await command(play, who, "link", `${code} yes`), /not valid/)
  })

  test("by ad-hoc command", async () => {
    play = await sharedPlay()
    const adhoc = (inner: string): string =>
      `<iq type='set' from='${romeo}' to='${domain}'><command xmlns='http://jabber.org/protocol/commands' node='register' ${inner}</command></iq>`
    const first = await play.server.ask(adhoc(">"))
    const session = first.getChild("command")?.attrs["sessionid"] ?? ""
    const form = "<x xmlns='jabber:x:data' type='submit'><field var='account'><value>main</value></field></x>"
    const second = await play.server.ask(adhoc(`sessionid='${session}'>${form}`))
    const [, code = ""] = /link ([a-z2-7]{10,})/.exec(second.toString()) ?? []
    assert.match(await command(play, "4711", "link", `${code} yes`), /You are romeo/)
    const done = await play.server.ask(adhoc(`sessionid='${session}' action='next'>`))
    assert.equal(done.getChild("command")?.attrs["status"], "completed")
    assert.match(done.toString(), /knows you now/)
  })

  test("the form of XEP-0077 is that of an account of one's own", async () => {
    play = await sharedPlay()
    await play.register(romeo)
    assert.deepEqual(links(), [{ jid: "romeo@example.test", tag: "", role: "owner", identity: null }])
  })

  test("outlives the gateway: whoever hands in the code after a restart is told of in the chat", async () => {
    play = await sharedPlay()
    const code = await codeFor(play, romeo)
    await play.away(() => undefined, "main")
    assert.match(await command(play, "4711", "link", `${code} yes`), /You are romeo/)
    assert.match(await answer(play, romeo), /You are 4711 on Loopback now/)
  })

  test("a new code makes the former void; no is no", async () => {
    play = await sharedPlay()
    const first = await codeFor(play, romeo)
    await chat(play, romeo, "cancel")
    const second = await codeFor(play, romeo)
    assert.match(await command(play, "4711", "link", `${first} yes`), /not valid/)
    assert.match(await command(play, "4711", "link", `${second} no`), /Nothing was changed/)
    assert.match(await command(play, "4711", "link", `${second} yes`), /not valid/)
    assert.deepEqual(links(), [])
  })

  test("who guesses is barred, also from what would be right", async () => {
    play = await sharedPlay()
    const code = await codeFor(play, romeo)
    for (let i = 0; i < 5; i++) assert.match(await command(play, "666", "link", `abcdefghjkm${i} yes`), /not valid/)
    assert.match(await command(play, "666", "link", `${code} yes`), /Too many wrong codes/)
    assert.match(await command(play, "4711", "link", `${code} yes`), /You are romeo/)
    assert.ok(!JSON.stringify(play.log).includes(code), "no code in the log")
  })

  test("only who was asked can say yes, where others see the question", async () => {
    play = await sharedPlay()
    const code = await codeFor(play, romeo)
    await command(play, "4711", "start", code)
    assert.match(await command(play, "666", "link", `${code} yes`), /not valid/)
    assert.match(await command(play, "4711", "link", `${code} yes`), /You are romeo/)
  })
})

describe("a gateway that dies while a code is handed in", () => {
  /** It dies before or after the commit; what is called then never ends. */
  async function dies(when: "before" | "after"): Promise<string> {
    let dead = false
    const seam = (store: Store): Store =>
      new Proxy(store, {
        get(target, name) {
          const work = Reflect.get(target, name) as (...args: unknown[]) => unknown
          if (name !== "proveIdentity" || dead) return work.bind(target)
          return async (...args: unknown[]) => {
            dead = true
            if (when === "after") await work.apply(target, args)
            died()
            await new Promise(() => undefined)
          }
        },
      })
    let died = (): void => undefined
    const dying = new Promise<void>((resolve) => (died = resolve))
    play = await sharedPlay({ seams: { store: seam } })
    const code = await codeFor(play, romeo)
    const answered = command(play, "4711", "link", `${code} yes`)
    await dying
    await play.stop()
    await play.start()
    return answered
  }

  test("before it is committed: it is handed in again", async () => {
    assert.match(await dies("before"), /You are romeo@example\.test in XMPP now/)
    assert.match(await answer(play, romeo), /You are 4711 on Loopback now/)
    assert.equal(links().length, 1)
  })

  test("after it was: it is done, once, and both are told", async () => {
    assert.match(await dies("after"), /not valid, or not any more\. In XMPP you are romeo@example\.test/)
    assert.match(await answer(play, romeo), /You are 4711 on Loopback now/)
    assert.equal(links().length, 1)
  })
})

describe("who is who", () => {
  test("two people can be one user; each has rooms of its own", async () => {
    play = await sharedPlay()
    await prove(play, romeo, "4711")
    await prove(play, romeo, "4712")
    assert.deepEqual(links(), [
      { jid: "romeo@example.test", tag: "main", role: "guest", identity: "4711" },
      { jid: "romeo@example.test", tag: "main-2", role: "guest", identity: "4712" },
    ])
    await play.room({ room: "g1", account: "main", members: ["4711"] }, "main")
    await play.room({ room: "g2", account: "main", members: ["4712"] }, "main")
    assert.match(await chat(play, romeo, "rooms"), /#g1!main@[\s\S]*#g2!main-2@/)
    await play.join(romeo, play.roomJid("g2", "main-2"), "Romeo")
    await assert.rejects(play.join(romeo, play.roomJid("g2", "main"), "Romeo"), /forbidden/)
    await assert.rejects(play.join(romeo, play.roomJid("g1", "main-2"), "Romeo"), /forbidden/)
  })

  test("two users cannot be one person, unless the configuration says so", async () => {
    play = await sharedPlay()
    await prove(play, romeo, "4711")
    const code = await codeFor(play, juliet)
    assert.match(await command(play, "4711", "link", `${code} yes`), /tied to another XMPP address already/)
    // It stays good for the right one.
    assert.match(await command(play, "4712", "link", `${code} yes`), /You are juliet/)
    await play.close()
    play = await sharedPlay({ sharedIdentities: true })
    await prove(play, romeo, "4711")
    assert.match((await prove(play, juliet, "4711"))[0] ?? "", /You are juliet/)
  })

  test("the person can end it, and so can the user", async () => {
    play = await sharedPlay()
    const room = await play.room({ room: "g1", account: "main", members: ["4711"] }, "main")
    await prove(play, romeo, "4711")
    await play.join(romeo, room, "Romeo")
    assert.match(await command(play, "4711", "unlink"), /not tied to romeo@example\.test any more/)
    await play.server.expect(
      `<presence type='unavailable' to='${romeo}'><x xmlns='http://jabber.org/protocol/muc#user'><status code='321'/></x></presence>`,
    )
    await assert.rejects(play.join(romeo, room, "Romeo"), /registration-required/)
    assert.deepEqual(links(), [])
    await prove(play, romeo, "4711")
    await play.join(romeo, room, "Romeo")
    assert.match((await play.unregister(romeo)).attrs["type"] ?? "", /result/)
    assert.deepEqual(links(), [])
    assert.deepEqual(play.rows("SELECT * FROM occupant"), [])
    assert.match(await command(play, "4711", "unlink"), /tied to no XMPP address/)
  })

  test("whois tells the nick and the server, and the address only of who wants that", async () => {
    play = await sharedPlay()
    const room = await play.room({ room: "g1", account: "main", members: ["4711", "tybalt"] }, "main")
    await prove(play, romeo, "4711")
    await play.join(romeo, room, "Romeo")
    await play.roomSaid(romeo, room, "But soft!")
    const [sent] = await play.told("send", 1, { room: "g1" })
    const message = sent?.id ?? ""
    assert.equal(await command(play, "tybalt", "whois", "", { room: "g1", message }), "Romeo is a person of example.test in XMPP.")
    assert.equal(await command(play, "tybalt", "whois", "Romeo", { room: "g1" }), "Romeo is a person of example.test in XMPP.")
    const hers = play.network.rooms.say({ room: "g1", from: "tybalt", text: "Peace?" })
    await play.drained("main")
    assert.match(await command(play, "tybalt", "whois", "", { room: "g1", message: hers }), /Nobody of XMPP/)
    assert.match(await command(play, "tybalt", "whois", "Romeo"), /in a group/)
  })
})
