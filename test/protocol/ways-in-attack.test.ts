// What adversaries try to get in: codes guessed, replayed, raced and stolen; forged addresses; other people's sessions; commands of administrators.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { domain, type Play } from "../support/core-kit.js"
import { invitation, jidOf, mercutio, verona, writes } from "../support/consent-kit.js"
import { answer, chat, codeFor, command, juliet, prove, romeo, sharedPlay } from "../support/identity-kit.js"

let play: Play
afterEach(() => play.close())

const boss = "boss@example.test/desk"
const nsCommands = "http://jabber.org/protocol/commands"
const nsAdmin = "http://jabber.org/protocol/admin"

const links = (): unknown[] =>
  play.rows("SELECT u.jid, l.tag, l.identity FROM link l JOIN gateway_user u ON u.id = l.user_id ORDER BY l.id")

/** What is written of an act, as «actor detail»; all that was noted before is on disk. */
async function written(act: string): Promise<string[]> {
  await play.sync()
  const found = (): string[] =>
    play
      .rows<{ actor: string; detail: string }>(`SELECT actor, detail FROM audit WHERE act = '${act}' ORDER BY id`)
      .map((row) => `${row.actor} ${row.detail}`)
  while (found().length < play.log.lines.filter((line) => line.text === "audit" && line.fields["act"] === act).length) await play.sync()
  return found()
}

async function ask(from: string, to: string, inner: string, type = "set"): Promise<Element> {
  return play.server.ask(`<iq type='${type}' from='${from}' to='${to}'>${inner}</iq>`)
}

const conditionOf = (el: Element): string | undefined => el.getChild("error")?.getChildElements()[0]?.getName()

function step(from: string, node: string, { to = domain, session = "", values = {}, action = "" } = {}): Promise<Element> {
  const fields = Object.entries<string>(values).map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
  const form = session === "" ? "" : `<x xmlns='jabber:x:data' type='submit'>${fields.join("")}</x>`
  const more = `${session && ` sessionid='${session}'`}${action && ` action='${action}'`}`
  return ask(from, to, `<command xmlns='${nsCommands}' node='${node}'${more}>${form}</command>`)
}

const sessionOf = (el: Element): string => el.getChild("command", nsCommands)?.attrs["sessionid"] ?? ""

describe("a code", () => {
  test("is guessed by one person a few times, by many not at all; what they try next is refused as well, wherever they say it", async () => {
    play = await sharedPlay()
    await play.room({ account: "main", members: ["666"] }, "main")
    const code = await codeFor(play, romeo)
    const near = (i: number): string => code.slice(0, -1) + "abcdefgh".replaceAll(code.at(-1) ?? "", "z")[i]
    for (let i = 0; i < 5; i++) assert.match(await command(play, "666", i % 2 === 0 ? "link" : "start", `${near(i)} yes`), /not valid/)
    assert.match(await command(play, "666", "link", `${code} yes`), /Too many wrong codes/)
    assert.match(await command(play, "666", "start", code), /Too many wrong codes/)
    assert.match(await command(play, "666", "bridge", code, { room: "g1" }), /Too many wrong codes/)
    // Another one has tries of their own, and they are no better.
    for (let i = 0; i < 5; i++) assert.match(await command(play, `67${i}`, "link", `${near(i)} yes`), /not valid/)
    assert.deepEqual(links(), [])
    assert.equal((await written("code refused")).length, 13)
    assert.ok(
      (await written("code refused")).every((line) => !line.includes(code)),
      "no code is written down",
    )
    // All that did nothing to whose it is.
    assert.match(await command(play, "4711", "link", `${code} yes`), /You are romeo/)
  })

  test("in other shapes, or what looks like code, is none; a thousand commands at once are a few", async () => {
    play = await sharedPlay()
    const code = await codeFor(play, romeo)
    const shapes = [`${code}a`, code.slice(1), `${code}\u0000`, `${code}%`, "__proto__"]
    for (const [i, said] of shapes.entries()) assert.match(await command(play, `p${i}`, "link", `${said} yes`), /not valid/)
    for (const [i, said] of ["' OR 1=1 --", "x".repeat(100_000), "\u202e" + code, "<code/>", "constructor"].entries())
      assert.match(await command(play, `q${i}`, "link", said), /not valid/)
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => command(play, "666", "link", `guess${i} yes`)))
    assert.equal(answers.filter((text) => /not valid/.test(text)).length, 5)
    assert.equal(answers.filter((text) => /Too many wrong codes/.test(text)).length, 15)
    assert.equal(answers.filter((text) => /Too many commands/.test(text)).length, 980)
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"])
      assert.match(await command(play, "honest", name), /There is no command/)
    assert.deepEqual(links(), [])
  })

  test("that was used, has ended or was replaced is none, also after a restart", async () => {
    play = await sharedPlay()
    const replaced = await codeFor(play, romeo)
    await chat(play, romeo, "cancel")
    const used = await codeFor(play, romeo)
    await command(play, "4711", "link", `${used} yes`)
    for (const code of [replaced, used]) assert.match(await command(play, "666", "link", `${code} yes`), /not valid/)
    await play.away(() => undefined, "main")
    for (const code of [replaced, used]) assert.match(await command(play, "667", "link", `${code} yes`), /not valid/)
    assert.match(await command(play, "4711", "link", `${used} yes`), /not valid, or not any more\. In XMPP you are romeo/)
    assert.equal(links().length, 1)
  })

  test("raced by many makes one of them the user", async () => {
    play = await sharedPlay()
    const code = await codeFor(play, romeo)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => command(play, `r${i}`, "link", `${code} yes`)))
    assert.equal(answers.filter((text) => /You are romeo/.test(text)).length, 1)
    assert.equal(links().length, 1)
    assert.equal((await written("identity linked")).length, 1)
    assert.equal((await written("code refused")).length, 19)
  })

  test("of one account is worth nothing at another, nor for what it is not", async () => {
    play = await sharedPlay()
    await play.register("mallory@example.test/x")
    const code = await codeFor(play, romeo)
    // By the session of an account that its owner runs.
    const elsewhere = await play.network.desk.say({ account: "mallory", from: "4711", name: "link", argument: `${code} yes` })
    assert.match(elsewhere.text, /not valid/)
    await play.room({ room: "g2", account: "main", members: [{ id: "4711", role: "admin" }] } as never, "main")
    assert.match(await command(play, "4711", "bridge", code, { room: "g2" }), /romeo@example\.test wants to be tied|not valid/)
    assert.match(await chat(play, "mallory@example.test/x", `bridge #g2!main ${code}`), /does not let|not valid|no such room/)
    assert.deepEqual(links(), [{ jid: "mallory@example.test", tag: "", identity: null }])
  })

  for (const kind of ["bot", "room", "webhook"] as const)
    test(`is not for a ${kind}`, async () => {
      play = await verona()
      play.network.person({ id: "thing", name: "Thing", kind })
      const code = await codeFor(play, "paris@example.test/x")
      assert.match(await command(play, "thing", "link", `${code} yes`), /Only people/)
      assert.match(await command(play, "thing", "start", await invitation(play, romeo)), /Only people/)
      assert.match(await command(play, "thing", "xmpp", "juliet@example.test"), /Only people/)
      assert.equal(links().length, 2)
      assert.deepEqual(play.rows("SELECT 1 FROM roster WHERE consent <> 'none'"), [])
      assert.equal((await written("code refused")).length, 2)
    })

  test("whose button somebody else presses, or presses again, changes nothing", async () => {
    play = await sharedPlay()
    const code = await codeFor(play, romeo)
    const asked = await play.network.desk.say({ account: "main", from: "4711", name: "start", argument: code })
    const [yes, no] = (asked.extras?.[0]?.type === "choice" ? asked.extras[0].options : []).map(({ id }) => id.replace(/^link /, ""))
    assert.match(await command(play, "666", "link", no), /not valid/)
    assert.match(await command(play, "666", "link", yes), /not valid/)
    assert.deepEqual(links(), [])
    assert.match(await command(play, "4711", "link", yes), /You are romeo/)
    for (const id of [yes, no]) assert.match(await command(play, "4711", "link", id), /not valid/)
    assert.match(await command(play, "666", "link", yes), /not valid/)
    assert.equal(links().length, 1)
    assert.equal((await written("code refused")).length, 5)
  })

  test("of an invitation is worth a contact and no more, and nothing once whose it is has gone", async () => {
    play = await verona()
    const code = await invitation(play, romeo, "3 7")
    const room = await play.room({ account: "main", members: ["1"] }, "main")
    assert.match(await command(play, "1", "unlink"), /not tied/)
    // Romeo comes again: what he gave out before stays void.
    await prove(play, romeo, "1")
    assert.match(await command(play, mercutio, "link", `${code} yes`), /not valid/)
    const fresh = await invitation(play, romeo)
    assert.match(await command(play, mercutio, "link", `${fresh} yes`), /You write with/)
    assert.deepEqual(play.rows("SELECT identity FROM link WHERE identity = '99'"), [])
    await play.join(romeo, room, "Romeo")
    assert.match(await command(play, mercutio, "unlink"), /tied to no XMPP address/)
    assert.match(await command(play, mercutio, "bridge", fresh, { room: "g1" }), /not valid/)
    assert.match(await command(play, "98", "start", fresh), /not valid/)
  })

  test("of somebody who is shut out meanwhile is void, and they are heard by nobody", async () => {
    play = await verona({ admins: ["boss@example.test"] })
    const code = await codeFor(play, "paris@example.test/x")
    const invited = await invitation(play, romeo)
    for (const who of ["PARIS@Example.TEST", "romeo@example.test", "foreign:66"]) await chat(play, boss, `shut-out ${who}`)
    assert.match(await command(play, "5", "link", `${code} yes`), /not valid/)
    assert.match(await command(play, mercutio, "start", invited), /not valid/)
    assert.equal(await command(play, "66", "help"), "")
    assert.ok(play.log.texts("info").includes("a command of somebody who is shut out is passed over"))
    assert.equal(links().length, 2)
  })
})

describe("an address", () => {
  /** Nearly Romeo's. */
  const likenesses = [
    "Romeo@Example.TEST/orchard",
    "romeo@example.test./orchard",
    "r\u043emeo@example.test/orchard",
    "\uff52omeo@example.test/orchard",
    "romeo\\20@example.test/orchard",
    "romeo\\40example.test@evil.test/orchard",
    "romeo@sub.example.test/orchard",
    "romeo@example.test.evil.test/orchard",
    "evil.test/romeo@example.test",
    "romeo%example.test@evil.test/orchard",
  ]

  test("that looks like a user's is a stranger's, by case, dots, escapes, homographs, subdomains and resources", async () => {
    play = await verona({ admins: ["romeo@example.test"] })
    const room = await play.room({ account: "main", members: ["1"] }, "main")
    for (const from of likenesses) {
      const id = `f${Math.random()}`
      play.server.send(`<message from='${from}' to='${jidOf(mercutio)}' type='chat' id='${id}'><body>I am Romeo</body></message>`)
      assert.equal(conditionOf(await play.server.expect(`<message type='error' id='${id}'/>`)), "registration-required", from)
      await assert.rejects(play.join(from, room, "Romeo"), /registration-required/)
      assert.equal(conditionOf(await ask(from, room, "<query xmlns='urn:xmpp:mam:2'/>")), "registration-required", from)
      assert.equal(conditionOf(await step(from, `${nsAdmin}#announce`)), "forbidden", from)
      assert.match(await chat(play, from, "status"), /not registered/)
      assert.match(await chat(play, from, "invite 1 7"), /not registered/)
      const items = await ask(from, domain, "<query xmlns='http://jabber.org/protocol/disco#items'/>", "get")
      assert.ok(!items.toString().includes("g1"), from)
    }
    assert.deepEqual(play.network.sent.list({ kind: "send" }), [])
    const bare = (jid: string): string => jid.split("/")[0] ?? ""
    assert.deepEqual(
      await written("command refused"),
      likenesses.map((from) => `${bare(from)} {"command":"announce"}`),
    )
  })

  test("of our own domain, or none, is nobody's", async () => {
    play = await verona({ admins: ["boss@example.test"] })
    const before = play.server.received.length
    for (const from of [domain, jidOf(mercutio), `gateway@${domain}`, `~gateway@${domain}/xferry`, `#g1!main@${domain}/Romeo`]) {
      play.server.send(`<message from='${from}' to='${jidOf(mercutio)}' type='chat'><body>forged</body></message>`)
      play.server.send(`<message from='${from}' to='${domain}' type='chat'><body>register</body></message>`)
      play.server.send(`<presence from='${from}' to='${jidOf(mercutio)}' type='subscribe'/>`)
      play.server.send(`<iq type='set' id='x' from='${from}' to='${domain}'><command xmlns='${nsCommands}' node='register'/></iq>`)
    }
    await play.sync()
    assert.deepEqual(
      play.server.received
        .slice(before)
        .filter((el) => el.name !== "iq" || el.attrs["to"] !== "sync@example.test/x")
        .map(String),
      [],
    )
    assert.deepEqual(play.network.sent.list(), [])
    assert.ok(play.log.texts("debug").filter((text) => text === "a stanza from our own domain is dropped").length >= 20)
  })

  test("of another user's tie, written by hand, is no way to it", async () => {
    play = await sharedPlay()
    await prove(play, romeo, "1")
    await prove(play, romeo, "3")
    await prove(play, juliet, "2")
    for (const tag of ["main-2", "MAIN", "main%20", "", "main!main"]) {
      const to = `99${tag === "" ? "" : `!${tag}`}@${domain}`
      play.server.send(`<message from='${juliet}' to='${to}' type='chat' id='t-${tag}'><body>by his hand</body></message>`)
      const refused = await play.server.expect(`<message type='error' id='t-${tag}'/>`)
      assert.match(conditionOf(refused) ?? "", /item-not-found|not-allowed/)
    }
    assert.deepEqual(play.network.sent.list({ kind: "send" }), [])
  })
})

test("a rule holds whatever way it was written, and its subject writes itself", async () => {
  play = await sharedPlay({ admins: ["boss@example.test"] })
  for (const who of ["xn--mnchen-3ya.example", "Evil.TEST.", "M\u0061lLory@Wicked.test"]) await chat(play, boss, `shut-out ${who}`)
  for (const from of [
    "a@m\u00fcnchen.example/x",
    "a@evil.test/x",
    "a@evil.test./x",
    "mallory@wicked.test/x",
    "mallory@wicked.test",
    "mallory@wicked.test./x",
  ])
    assert.equal(conditionOf(await ask(from, domain, "<ping xmlns='urn:xmpp:ping'/>", "get")), "not-allowed", from)
  // Neighbours are not meant.
  for (const from of ["a@evil.test.example/x", "a@sub.evil.test/x", "mallory2@wicked.test/x"])
    assert.equal((await ask(from, domain, "<ping xmlns='urn:xmpp:ping'/>", "get")).attrs["type"], "result", from)
  assert.match(await chat(play, boss, "shut-out romeo@example.test/orchard"), /nobody who can be on a list/)
  assert.match(await chat(play, boss, "forget-rule XN--MNCHEN-3YA.example"), /on no list any more/)
})

describe("commands", () => {
  test("of administrators are refused to all others: each node, each word, at each address", async () => {
    play = await verona({ admins: ["boss@example.test"] })
    const room = await play.room({ account: "main", members: ["1"] }, "main")
    const listed = await ask(boss, domain, `<query xmlns='http://jabber.org/protocol/disco#items' node='${nsCommands}'/>`, "get")
    const nodesOf = (el: Element): string[] =>
      el
        .getChild("query")
        ?.getChildren("item")
        .map(({ attrs }) => attrs["node"] ?? "") ?? []
    const his = nodesOf(await ask(romeo, domain, `<query xmlns='http://jabber.org/protocol/disco#items' node='${nsCommands}'/>`, "get"))
    const nodes = nodesOf(listed).filter((node) => !his.includes(node))
    const own = nodes.filter((node) => node.startsWith(nsAdmin))
    assert.ok(own.length >= 6 && nodes.length >= 15, nodes.join())
    for (const node of nodes) {
      const refused = await step(romeo, node)
      if (conditionOf(refused) === undefined) continue
      assert.equal(conditionOf(refused), "forbidden", node)
      assert.equal(conditionOf(await step(romeo, node, { to: room })), "item-not-found", node)
      assert.equal(conditionOf(await step(romeo, node, { to: jidOf(mercutio) })), "item-not-found", node)
    }
    for (const node of own) assert.equal(conditionOf(await step(romeo, node)), "forbidden", node)
    for (const line of ["users", "Shut-Out juliet@example.test", "!network off", "/audit", "erase-person 99", "log-level debug"])
      assert.match(await chat(play, romeo, line), /Only administrators/)
    const kept = await written("command refused")
    assert.ok(kept.length >= own.length * 2)
    assert.ok(kept.every((line) => line.startsWith("romeo@example.test ")))
    assert.deepEqual(play.rows("SELECT 1 FROM rule"), [])
  })

  test("an administrator's session is nobody else's: not its steps, not its end, from no other address", async () => {
    play = await verona({ admins: ["boss@example.test"] })
    const node = `${nsAdmin}#edit-blacklist`
    const session = sessionOf(await step(boss, node))
    const values = { blacklistjids: "juliet@example.test" }
    for (const from of [romeo, "boss@example.test/sofa", "boss@example.test", "Boss@example.test/desk"])
      for (const action of ["", "cancel", "complete"])
        assert.match((await step(from, node, { session, values, action })).toString(), /bad-sessionid/)
    assert.match((await step(boss, "register", { session, values })).toString(), /bad-sessionid/)
    assert.deepEqual(play.rows("SELECT 1 FROM rule"), [])
    // It is whole, and over when it is over.
    assert.match((await step(boss, node, { session, values })).toString(), /has 1 entries/)
    assert.match((await step(boss, node, { session, values })).toString(), /session-expired/)
  })

  test("with names that every object has, long ones and markup, change nothing and break nothing", async () => {
    play = await verona()
    for (const name of ["__proto__ yes", "constructor no", "hasownproperty yes", "language __proto__", "language constructor"])
      assert.match(await chat(play, romeo, `preferences ${name}`), /There is no preference|is one of these/)
    const session = sessionOf(await step(romeo, "preferences"))
    const values = { ["__proto__"]: "yes", constructor: "no", language: "zh", whois: "yes", read: "no", typing: "no", invitations: "no" }
    assert.match((await step(romeo, "preferences", { session, values })).toString(), /completed/)
    assert.equal(({} as Record<string, unknown>)["yes"], undefined)
    await chat(play, romeo, "preferences language en")
    for (const id of ["__proto__", "constructor", "toString"]) assert.ok((await command(play, mercutio, "to", id)).length > 0)
    for (const line of [
      "x".repeat(50_000),
      "&lt;/body&gt;&lt;/message&gt;",
      "block __proto__",
      "accept constructor",
      "choose __proto__",
      "invite NaN Infinity",
      "invite 1e3 -1",
      "bridge __proto__",
    ])
      assert.ok((await chat(play, romeo, line)).length > 0)
    for (const lang of ["__proto__", "constructor", "../zh"]) {
      play.server.send(`<message from='${juliet}' to='${domain}' type='chat' xml:lang='${lang}'><body>status</body></message>`)
      assert.match(await answer(play, juliet), /connected/)
    }
    play.network.person({ id: "99", name: "</nick><x/>\u0000\u0008\ud800" })
    assert.match(await command(play, mercutio, "start", await invitation(play, romeo)), /You write with/)
    assert.ok((await writes(play, romeo, "still here")).getChild("received"))
    assert.deepEqual(play.log.texts("error"), [])
  })
})
