// Talking in a room: what clients say, what the network says, what changes; XEP-0045's own examples where there are some.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import type { FullJid } from "#src/core/model.js"
import { Refusal } from "#src/core/ports.js"
import type { Participant, RoomOp } from "#src/core/rooms/model.js"
import { render } from "#src/xmpp/muc/render.js"
import { Tally, tokenOf } from "#src/xmpp/muc/tally.js"
import { voice } from "../support/memory-rooms.js"
import { stanzaId } from "../support/muc-dialogue.js"
import { brief, coven, crone, hag, RoomStage, wicca } from "../support/room-stage.js"
import { matches, parseXml } from "../support/xml-match.js"

let stage: RoomStage
let witch: Participant
const others: (() => Promise<void>)[] = []
afterEach(async () => {
  await stage.close()
  for (const close of others.splice(0)) await close()
})

/** hag66, crone1 and wiccarocks are in, and a foreign witch. */
async function open(prepare: Parameters<typeof RoomStage.open>[0] = () => undefined): Promise<void> {
  stage = await RoomStage.open((service, room) => {
    witch = service.rooms.person(room, "firstwitch", { name: "First Witch" })
    prepare(service, room)
  })
  await stage.muc.join(crone, coven, "crone")
  await stage.muc.join(wicca, coven, "wicca")
  await stage.muc.join(hag, coven, "thirdwitch")
}
function say(id: string, inner: string, { from = hag, to = coven, type = "groupchat" } = {}): void {
  stage.server.send(`<message from='${from}' id='${id}' to='${to}' type='${type}'>${inner}</message>`)
}
const said = (by: Participant | null, text: string, more: Partial<Extract<RoomOp, { k: "said" }>> = {}): RoomOp => ({
  k: "said",
  id: `id-of-${text}`,
  pos: 1,
  by: by && voice(by),
  text,
  at: 1,
  ...more,
})

test("§7.4: an occupant's words go to the core, and come back to all with the id they had", async () => {
  await open()
  say("hysf1v37", "<body>Harpier cries: 'tis time, 'tis time.</body><replace id='old' xmlns='urn:xmpp:message-correct:0'/>")
  await stage.called("say hysf1v37")
  const [heard] = stage.rooms.said
  assert.deepEqual(
    [heard?.text, heard?.replaces, heard?.from, heard?.speaker.nick, heard?.view.room.legacyId],
    ["Harpier cries: 'tis time, 'tis time.", "old", hag, "thirdwitch", "coven"],
  )
  const row = stage.write(said(heard!.speaker, "Harpier", { xmppId: "hysf1v37" }))
  for (const to of [crone, wicca, hag]) {
    const el = await stage.server.expect(
      `<message from='${coven}/thirdwitch' id='hysf1v37' to='${to}' type='groupchat'><body>Harpier</body>
        <stanza-id xmlns='urn:xmpp:sid:0' by='${coven}' id='id-of-Harpier'/><origin-id xmlns='urn:xmpp:sid:0' id='hysf1v37'/>
        <occupant-id xmlns='urn:xmpp:occupant-id:0' id='user-1-hag66@example.test'/></message>`,
    )
    assert.equal(stanzaId(el), "id-of-Harpier")
  }
  await stage.stage.called(`delivered ${row}`)
  // Both domains were asked, each once for its clients.
  assert.deepEqual([...new Set(stage.server.pings.map(({ attrs }) => attrs["to"]))].sort(), ["example.test", "other.test"])
})

test("what cannot be said is answered with the right error", async () => {
  await open((service) => service.rooms.affiliations.set("wiccarocks@other.test", { affiliation: "member", role: "visitor" }))
  stage.rooms.onSay = () => Promise.reject(new Refusal("not-acceptable", "Too long.", "modify"))
  const body = "<body>x</body>"
  say("r0", body, { from: "hag66@example.test/other" })
  say("r1", body, { from: wicca })
  say("r2", body, { to: `${coven}/firstwitch` })
  say("r3", body, { type: "normal" })
  say("r4", `${body}<encrypted xmlns='eu.siacs.conversations.axolotl'><payload/></encrypted>`)
  say("r5", body)
  say("r6", body, { from: "hag66@example.test/other", to: `${coven}/firstwitch`, type: "chat" })
  say("r7", body, { to: `${coven}/nobody`, type: "chat" })
  const conditions = []
  for (let i = 0; i < 8; i++) conditions.push((await stage.refused(`r${i}`)).condition)
  assert.deepEqual(conditions, [
    "not-acceptable",
    "forbidden",
    "bad-request",
    "bad-request",
    "not-acceptable",
    "not-acceptable",
    "not-acceptable",
    "item-not-found",
  ])
  assert.equal(stage.rooms.said.length, 1)
})

test("the past that somebody repeats is not said again; typing and retractions are told", async () => {
  await open()
  say("d1", "<body>old</body><delay xmlns='urn:xmpp:delay' from='elsewhere@example.test' stamp='2002-10-13T23:58:37Z'/>")
  say("d2", "<composing xmlns='http://jabber.org/protocol/chatstates'/>")
  say("d3", "<retract id='target' xmlns='urn:xmpp:message-retract:1'/><body>/me retracted</body>")
  await stage.called("retract target")
  assert.deepEqual([stage.rooms.said.length, stage.rooms.calls.includes("typing coven true")], [0, true])
  await stage.server.expect(
    `<message type='groupchat' from='${coven}/thirdwitch' to='${crone}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
  )
})

test("the order of acceptance is the order of arrival", async () => {
  await open()
  for (let i = 0; i < 20; i++) say(`o${i}`, `<body>${i}</body>`)
  await stage.called("say o19")
  assert.deepEqual(
    stage.rooms.said.map(({ text }) => text),
    Array.from({ length: 20 }, (_, i) => String(i)),
  )
})

test("§7.5: private messages to users of ours reach all their clients, to foreign people the network", async () => {
  await open()
  const phone = "crone1@example.test/phone"
  await stage.muc.join(phone, coven, "crone")
  say("hgn27af1", "<body>I'll give thee a wind.</body><x xmlns='http://jabber.org/protocol/muc#user'><forged/></x>", {
    to: `${coven}/crone`,
    type: "chat",
  })
  for (const to of [crone, phone]) {
    const el = await stage.server.expect(
      `<message from='${coven}/thirdwitch' id='hgn27af1' to='${to}' type='chat'><body>I'll give thee a wind.</body><x xmlns='http://jabber.org/protocol/muc#user'/></message>`,
    )
    assert.equal(el.getChild("x")?.getChildElements().length, 0)
  }
  for (const text of ["a", "b", "c"]) say(text, `<body>${text}</body>`, { to: `${coven}/firstwitch`, type: "chat" })
  await stage.called("whisper firstwitch c")
  assert.deepEqual(stage.rooms.whispers, ["a", "b", "c"])
})

test("§9.5: a client that is gone is taken out, and one that only grumbles is not", async () => {
  await open()
  const since = stage.mark
  const bounce = (from: string, condition: string, name = "message"): void =>
    stage.server.send(
      `<${name} type='error' from='${from}' to='${coven}/thirdwitch' id='x'><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></${name}>`,
    )
  bounce(crone, "feature-not-implemented")
  bounce(wicca, "recipient-unavailable")
  await stage.called(`left 1 ${wicca}`)
  assert.deepEqual(await stage.told(hag, since), ["-wicca 333"])
  bounce(crone, "remote-server-timeout", "presence")
  await stage.called(`left 1 ${crone}`)
  assert.deepEqual(await stage.told(crone, since), ["-wicca 333", "-crone 110 333"])
})

test("two users with three clients each: a word is written once a client, and delivered when both domains have it", async () => {
  stage = await RoomStage.open((service, room) => (witch = service.rooms.person(room, "firstwitch")))
  const clients = ["a", "b", "c"].flatMap((resource) => [`crone1@example.test/${resource}`, `wiccarocks@other.test/${resource}`])
  for (const full of clients) await stage.muc.join(full, coven, full.split("@")[0]!)
  stage.server.onPing = (ping) =>
    ping.attrs["to"] === "other.test"
      ? undefined
      : `<iq type='result' id='${ping.attrs["id"]}' from='${ping.attrs["to"]}' to='${ping.attrs["from"]}'/>`
  const row = stage.write(said(witch, "hail"))
  for (const full of clients) await stage.muc.heard(full, coven, "hail")
  while (!stage.server.pings.some(({ attrs }) => attrs["to"] === "other.test")) await stage.stage.sync()
  await stage.stage.sync()
  assert.deepEqual(
    stage.stage.service.calls.filter((call) => call.startsWith("delivered")),
    [],
  )
  const ping = stage.server.pings.find(({ attrs }) => attrs["to"] === "other.test")!
  stage.server.send(`<iq type='result' id='${ping.attrs["id"]}' from='other.test' to='${ping.attrs["from"]}'/>`)
  await stage.stage.called(`delivered ${row}`)
})

test("a row for nobody is delivered, and so is one for a single client", async () => {
  stage = await RoomStage.open((service, room) => (witch = service.rooms.person(room, "firstwitch")))
  await stage.stage.called(`delivered ${stage.write(said(witch, "to nobody"))}`)
  await stage.muc.join(hag, coven, "hag")
  await stage.muc.join(crone, coven, "crone")
  const since = stage.mark
  await stage.stage.called(`delivered ${stage.write(said(witch, "again", { only: hag as FullJid }))}`)
  assert.deepEqual([await stage.told(hag, since), await stage.told(crone, since)], [["firstwitch: again"], []])
  // Of an error only its author hears.
  const error = { type: "cancel", condition: "forbidden", text: "No." } as const
  stage.stage.component.face.rooms.write("e1", { k: "error", id: "e", of: "m1", to: hag as FullJid, error, excerpt: "x" }, stage.room)
  assert.deepEqual(await stage.refused("m1"), { from: coven, condition: "forbidden", text: "No." })
  await stage.stage.called("delivered e1")
  // Who has left reads it where they still are.
  const phone = "hag66@example.test/phone"
  await stage.muc.join(phone, coven, "hag")
  await stage.muc.leave(hag, coven, "hag")
  stage.stage.component.face.rooms.write("e2", { k: "error", id: "e", of: "m2", to: hag as FullJid, error, excerpt: "x" }, stage.room)
  await stage.server.expect(`<message type='groupchat' from='${coven}' to='${phone}'><body>⚠ Not delivered: «x»\nNo.</body></message>`)
})

test("rows wait for no domain in trouble, and again when it speaks", () => {
  const tally = new Tally()
  for (const domain of ["a", "b"]) tally.expect("r1", tokenOf("r1", domain))
  assert.deepEqual(tally.confirmed(["direct", tokenOf("r1", "a")]), ["direct"])
  assert.deepEqual(tally.stuck("b", ["direct", tokenOf("r1", "b")]), ["r1"])
  assert.equal(tally.isStuck("b"), true)
  assert.deepEqual(tally.confirmed([tokenOf("", "b")]), [])
  assert.equal(tally.isStuck("b"), false)
})

test("foreign people come, are renamed, are kicked and banned, type", async () => {
  await open()
  const since = stage.mark
  const second = stage.rooms.person(stage.room, "secondwitch")
  const change = { k: "participant", former: null, isNew: true } as const
  stage.changed({ ...change, participant: second })
  stage.changed({ ...change, participant: second, isNew: false })
  stage.changed({ k: "participant", participant: { ...second, nick: "hecate" }, former: "secondwitch", isNew: false })
  stage.changed({ ...change, participant: { ...second, nick: "hecate", role: "admin" }, isNew: false })
  stage.changed({ k: "typing", participant: { ...second, nick: "hecate" }, active: true })
  stage.changed({ k: "left", participant: second, why: "kicked", by: "firstwitch" })
  stage.changed({ k: "left", participant: witch, why: "banned" })
  assert.deepEqual(await stage.told(crone, since), [
    "+secondwitch",
    "-secondwitch 303",
    "+hecate",
    "+hecate",
    "hecate composing,no-store,occupant-id",
    "-hecate 307",
    "-firstwitch 301",
  ])
  const x = "http://jabber.org/protocol/muc#user"
  await stage.server.expect(
    `<presence type='unavailable' from='${coven}/hecate'><x xmlns='${x}'><item role='none'><actor nick='firstwitch'/></item></x></presence>`,
  )
  await stage.server.expect(`<presence from='${coven}/hecate'><x xmlns='${x}'><item affiliation='admin' role='moderator'/></x></presence>`)
  await stage.server.expect(
    `<presence type='unavailable' from='${coven}/firstwitch'><x xmlns='${x}'><item affiliation='outcast' role='none'/></x></presence>`,
  )
})

test("what one may do changes; who may not be here any more goes; the room ends", async () => {
  await open()
  const since = stage.mark
  stage.rooms.affiliations.set("hag66@example.test", { affiliation: "member", role: "visitor" })
  stage.rooms.affiliations.set("wiccarocks@other.test", { affiliation: "outcast", role: "visitor" })
  stage.changed({ k: "access" })
  await stage.called(`left 1 ${wicca}`)
  assert.deepEqual((await stage.told(crone, since)).sort(), ["+thirdwitch", "-wicca 321"])
  stage.changed({ k: "info" })
  await stage.server.expect(
    `<message from='${coven}' to='${crone}' type='groupchat'><x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message>`,
  )
  const end = stage.mark
  stage.changed({ k: "gone", why: "removed", links: [] })
  for (const [full, nick] of [
    [hag, "thirdwitch"],
    [crone, "crone"],
  ] as const) {
    const el = await stage.server.expect(
      `<presence type='unavailable' from='${coven}/${nick}' to='${full}'><x xmlns='http://jabber.org/protocol/muc#user'><destroy><reason/></destroy></x></presence>`,
    )
    assert.equal(brief(el), `-${nick}`)
  }
  assert.deepEqual(await stage.told(crone, end), ["-crone"])
})

test("a room that moved goes on for who is in it, by the address they joined by", async () => {
  await open()
  stage.room.legacyId = "heath"
  stage.changed({ k: "moved", from: "coven", merged: null })
  stage.write(said(witch, "hail"))
  await stage.muc.heard(hag, coven, "hail")
  say("m1", "<body>x</body>")
  await stage.called("say m1")
})

test("fifty occupants: what a message says is rendered once", async () => {
  stage = await RoomStage.open((service, room) => (witch = service.rooms.person(room, "firstwitch")))
  await Promise.all(Array.from({ length: 50 }, (_, i) => stage.muc.join(`crone1@example.test/r${i}`, coven, "crone")))
  let read = 0
  const op = said(witch, "x")
  Object.defineProperty(op, "text", { get: () => (read++, "hail") })
  stage.write(op)
  for (let i = 0; i < 50; i++) await stage.muc.heard(`crone1@example.test/r${i}`, coven, "hail")
  assert.equal(read, 1)
})

test("operations as stanzas", () => {
  const shown = (op: RoomOp): { nick: string | undefined; id: string; has(pattern: string): boolean } => {
    const { nick, id, inner } = render(op, coven)
    return { nick, id, has: (pattern) => matches(parseXml(`<message>${inner}</message>`), parseXml(`<message>${pattern}</message>`)) }
  }
  const by = { nick: "hag", occupant: "o1", name: "H & G" }
  const answer = shown(said(null, "yes", { by, reply: { id: "s0", nick: "crone", text: "When shall we three\nmeet again?" } }))
  assert.ok(answer.has(`<body>&gt; crone:\n&gt; When shall we three\n&gt; meet again?\nyes</body>`))
  assert.ok(answer.has(`<reply xmlns='urn:xmpp:reply:0' id='s0' to='${coven}/crone'/>`))
  assert.ok(answer.has(`<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='45'/></fallback>`))
  assert.ok(answer.has("<nick xmlns='http://jabber.org/protocol/nick'>H &amp; G</nick>"))
  const own = shown({ k: "retracted", id: "r1", pos: 2, by, target: "s0", at: 1, moderated: false, xmppId: "c1" })
  assert.deepEqual([own.nick, own.id], ["hag", "c1"])
  assert.ok(own.has(`<retract xmlns='urn:xmpp:message-retract:1' id='s0'/><stanza-id xmlns='urn:xmpp:sid:0' id='r1' by='${coven}'/>`))
  const other = shown({ k: "retracted", id: "r2", pos: 2, by, target: "s0", at: 1, moderated: true, why: "spam" })
  assert.deepEqual([other.nick, other.id], [undefined, "r2"])
  assert.ok(
    other.has(
      `<retract xmlns='urn:xmpp:message-retract:1' id='s0'><moderated xmlns='urn:xmpp:message-moderate:1' by='${coven}/hag'><occupant-id id='o1' xmlns='urn:xmpp:occupant-id:0'/></moderated><reason>spam</reason></retract>`,
    ),
  )
  const tombstone = shown(said(null, "", { by, retracted: { id: "c1", by, at: 0, moderated: false } }))
  assert.ok(tombstone.has("<retracted xmlns='urn:xmpp:message-retract:1' id='c1' stamp='1970-01-01T00:00:00.000Z'/>"))
  assert.equal(tombstone.has("<body/>"), false)
})
