// What hostile clients, strangers and networks try in rooms: who poses as another, floods, spies, or breaks the stream.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import type { Participant, RoomOp } from "#src/core/rooms/model.js"
import { domain } from "../support/component-kit.js"
import { voice } from "../support/memory-rooms.js"
import { brief, coven, crone, hag, RoomStage, wicca } from "../support/room-stage.js"

let stage: RoomStage
let witch: Participant
afterEach(() => stage.close())

const nsMuc = "http://jabber.org/protocol/muc"
async function open(prepare: Parameters<typeof RoomStage.open>[0] = () => undefined): Promise<void> {
  stage = await RoomStage.open((service, room) => {
    witch = service.rooms.person(room, "firstwitch", { name: "First Witch" })
    prepare(service, room)
  })
}
const enter = (from: string, id: string, to = `${coven}/thirdwitch`): void =>
  stage.server.send(`<presence from='${from}' id='${id}' to='${to}'><x xmlns='${nsMuc}'/></presence>`)

test("a private message carries nothing that only a room may say, and no JID", async () => {
  await open()
  await stage.muc.join(crone, coven, "crone")
  await stage.muc.join(hag, coven, "thirdwitch")
  stage.server.send(
    `<message from='${hag}' id='pm' to='${coven}/crone' type='chat' xml:lang='la'><body>hail</body>
      <origin-id xmlns='urn:xmpp:sid:0' id='pm'/><stanza-id xmlns='urn:xmpp:sid:0' by='${coven}' id='forged'/>
      <occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/><x xmlns='${nsMuc}#user'><item affiliation='owner'/></x>
      <hats xmlns='urn:xmpp:hats:0'><hat title='Queen' uri='x'/></hats>
      <delay xmlns='urn:xmpp:delay' from='${hag}' stamp='2002-10-13T23:58:37Z'/>
      <addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='${hag}'/></addresses>
      <received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></received>
      <result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'/></result></message>`,
  )
  const got = await stage.server.expect(`<message id='pm' to='${crone}' type='chat'/>`)
  assert.deepEqual(
    got.getChildElements().map((child) => [child.getName(), child.attrs["id"]]),
    [
      ["body", undefined],
      ["origin-id", "pm"],
      ["x", undefined],
      ["occupant-id", "user-1-hag66@example.test"],
    ],
  )
  assert.equal(got.attrs["xml:lang"], "la")
  assert.ok(!got.toString().includes(hag.split("/")[0]! + "/"))
})

test("§7.2: the error of a join says what it is of", async () => {
  await open()
  for (const [from, to] of [
    [hag, `${coven}/firstwitch`],
    [hag, coven],
    ["mallory@example.test/x", `${coven}/x`],
  ] as const) {
    enter(from, `to ${to}`, to)
    await stage.server.expect(`<presence type='error' from='${to}' to='${from}'><x xmlns='${nsMuc}'/><error/></presence>`)
  }
})

test("a thousand joins at once are a few", async () => {
  await open()
  let go = (): void => undefined
  const wait = new Promise<void>((resolve) => (go = resolve))
  stage.rooms.before = (call) => (call.startsWith("view hag66") ? wait : Promise.resolve())
  for (let i = 0; i < 1000; i++) enter(hag, `j${i}`)
  const refused = await stage.refused("j999", "presence")
  assert.equal(refused.condition, "resource-constraint")
  go()
  await stage.server.expect((el) => el.attrs["to"] === hag && el.attrs["id"] === "j9" && brief(el).startsWith("+thirdwitch 110"))
  await stage.stage.sync()
  const faces = stage.server.received.filter((el) => el.name === "presence" && el.attrs["from"] === `${coven}/firstwitch`)
  assert.equal(faces.length, 10)
})

test("one user is in a room with so many clients, and in no more", async () => {
  await open()
  for (let i = 0; i < 51; i++) enter(`hag66@example.test/r${i}`, `r${i}`)
  const { condition } = await stage.refused("r50", "presence")
  assert.equal(condition, "resource-constraint")
  assert.equal(stage.rooms.calls.filter((call) => call.startsWith("joined")).length, 50)
  enter("hag66@example.test/r7", "again")
  await stage.server.expect((el) => el.attrs["id"] === "again" && brief(el).startsWith("+thirdwitch 110"))
  await stage.muc.join(crone, coven, "crone")
})

test("strangers learn nothing from the answers they get", async () => {
  await open((service, room) => service.rooms.archived(room, witch, "secret"))
  await stage.muc.join(crone, coven, "crone")
  const stranger = "mallory@example.test/x"
  const asked = [
    "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    "<query xmlns='http://jabber.org/protocol/disco#items'/>",
    "<query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/>",
    "<query xmlns='jabber:iq:register'/>",
    "<query xmlns='urn:xmpp:mam:2'/>",
    "<metadata xmlns='urn:xmpp:mam:2'/>",
    "<vCard xmlns='vcard-temp'/>",
    "<ping xmlns='urn:xmpp:ping'/>",
    "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner'/></query>",
    "<query xmlns='http://jabber.org/protocol/muc#owner'/>",
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:spaces:0'/></pubsub>",
    "<query xmlns='jabber:iq:version'/>",
    "<time xmlns='urn:xmpp:time'/>",
  ]
  const answers = async (address: string): Promise<string[]> => {
    const all: string[] = []
    for (const payload of asked) {
      const answer = await stage.server.ask(`<iq type='get' from='${stranger}' to='${address}'>${payload}</iq>`)
      all.push(answer.getChild("error")?.getChildElements()[0]?.getName() ?? answer.toString())
    }
    return all
  }
  const [there, nowhere] = [await answers(coven), await answers(`#nowhere@${domain}`)]
  assert.deepEqual(there, nowhere)
  assert.deepEqual([...new Set(there)].sort(), ["registration-required", "service-unavailable"])
  assert.deepEqual(await answers(`${coven}/crone`), await answers(`#nowhere@${domain}/crone`))
  const heard = async (id: string, to: string, type: string, inner: string): Promise<string> => {
    stage.server.send(`<message from='${stranger}' id='${id}' to='${to}' type='${type}'>${inner}</message>`)
    return (await stage.refused(id)).condition
  }
  const since = stage.mark
  for (const [i, [to, type, inner]] of (
    [
      [coven, "groupchat", "<body>hi</body>"],
      [coven, "groupchat", "<subject>mine</subject>"],
      [coven, "normal", "<body>hi</body>"],
      [coven, "normal", `<x xmlns='${nsMuc}#user'><invite to='victim@example.test'/></x>`],
      [coven, "normal", `<x xmlns='${nsMuc}#user'><decline to='crone1@example.test'/></x>`],
      [`${coven}/crone`, "chat", "<body>psst</body>"],
    ] as const
  ).entries())
    assert.equal(await heard(`m${i}`, to, type, inner), await heard(`n${i}`, to.replace("coven", "nowhere"), type, inner), inner)
  for (const type of ["subscribe", "probe", "unavailable"])
    stage.server.send(`<presence from='mallory@example.test' to='${coven}' type='${type}'/>`)
  assert.deepEqual(await stage.told(crone, since), [])
})

test("spoofed addresses: a bare JID, another's client, our own domain", async () => {
  await open()
  await stage.muc.join(crone, coven, "crone")
  const since = stage.mark
  const say = (from: string, id: string): void =>
    stage.server.send(`<message from='${from}' id='${id}' to='${coven}' type='groupchat'><body>x</body></message>`)
  say("crone1@example.test", "s1")
  say("crone1@example.test/other", "s2")
  say(`${coven}/firstwitch`, "s3")
  say(`12@${domain}`, "s4")
  assert.equal((await stage.refused("s1")).condition, "not-acceptable")
  assert.equal((await stage.refused("s2")).condition, "not-acceptable")
  stage.server.send(`<presence from='crone1@example.test' to='${coven}/crone'><x xmlns='${nsMuc}'/></presence>`)
  stage.server.send(`<presence from='crone1@example.test' to='${coven}/crone' type='unavailable'/>`)
  assert.deepEqual(await stage.told(crone, since), [])
  assert.equal(stage.rooms.said.length, 0)
})

test("presences carry what is small and harmless, and none of the room's own words", async () => {
  await open()
  await stage.muc.join(crone, coven, "crone")
  stage.server.send(
    `<presence from='${hag}' to='${coven}/thirdwitch'><x xmlns='${nsMuc}'/><show>away</show><status>${"z".repeat(50_000)}</status>
      <x xmlns='${nsMuc}#user'><item affiliation='owner' role='moderator' jid='king@example.test'/><status code='110'/></x>
      <occupant-id xmlns='urn:xmpp:occupant-id:0' id='occupant-1-firstwitch'/><hats xmlns='urn:xmpp:hats:0'><hat title='King' uri='k'/></hats>
      <nick xmlns='http://jabber.org/protocol/nick'>First Witch</nick><delay xmlns='urn:xmpp:delay' stamp='2002-10-13T23:58:37Z'/>
      <idle xmlns='urn:xmpp:idle:1' since='${"1".repeat(9000)}'/><priority>5</priority></presence>`,
  )
  const seen = await stage.server.expect(`<presence from='${coven}/thirdwitch' to='${crone}'/>`)
  assert.deepEqual(
    seen.getChildElements().map((child) => [child.getName(), child.getNS()?.split("/").at(-1)]),
    [
      ["show", "jabber:component:accept"],
      ["status", "jabber:component:accept"],
      ["x", "muc#user"],
      ["occupant-id", "urn:xmpp:occupant-id:0"],
    ],
  )
  assert.equal(seen.getChild("occupant-id")?.attrs["id"], "user-1-hag66@example.test")
  assert.ok(seen.toString().length < 3000)
})

test("whatever a network calls its people, rooms and messages, the stream lives", async () => {
  const odd = `\u0000\u0001\ud800 \udfff\u202e\u200b\ufffe</presence>&'"<![CDATA[`
  await open((service, room) => {
    service.rooms.person(room, "odd", { name: odd, title: odd })
    room.name = odd
    room.topic = odd
    room.facts = { topicBy: "odd", topicAt: 1 }
    service.rooms.archived(room, witch, odd, { reply: { id: odd, nick: odd, text: odd } })
  })
  await stage.muc.join(crone, coven, "crone")
  const odder = stage.rooms.people.find(({ nick }) => nick === "odd")!
  const said: RoomOp = { k: "said", id: "big", pos: 9, by: voice(odder), text: "\u0007é".repeat(500_000), at: 1 }
  stage.write(said)
  const got = await stage.server.expect(`<message from='${coven}/odd' to='${crone}'><stanza-id xmlns='urn:xmpp:sid:0' id='big'/></message>`)
  assert.ok(Buffer.byteLength(got.toString()) < 220_000)
  const change = { former: null, isNew: false } as const
  stage.changed({ k: "participant", participant: { ...odder, title: "x".repeat(1023) + "😀" }, ...change })
  stage.changed({ k: "left", participant: odder, why: "kicked", by: odd })
  await stage.server.expect((el) => el.attrs["to"] === crone && brief(el) === "-odd 307")
  stage.rooms.children = () => Promise.resolve([])
  const info = await stage.server.ask(
    `<iq type='get' from='${crone}' to='${coven}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
  )
  assert.equal(info.attrs["type"], "result")
})

test("an edit of another's message, and a retraction of what is not there, change nothing here", async () => {
  await open()
  await stage.muc.join(crone, coven, "crone")
  stage.write({ k: "retracted", id: "t1", pos: 3, by: null, target: "nobody knows", at: 1, moderated: false })
  await stage.server.expect(
    `<message from='${coven}' to='${crone}'><retract xmlns='urn:xmpp:message-retract:1' id='nobody knows'/></message>`,
  )
  await stage.muc.join(wicca, coven, "wicca")
})

test("a room that ends while somebody enters is not entered", async () => {
  await open()
  let go = (): void => undefined
  const wait = new Promise<void>((resolve) => (go = resolve))
  const asked = new Promise<void>((resolve) => {
    stage.rooms.before = (call) => {
      if (!call.startsWith("joined")) return Promise.resolve()
      resolve()
      return wait
    }
  })
  enter(hag, "late")
  await asked
  stage.rooms.rows.splice(0)
  stage.changed({ k: "gone", why: "abandoned", links: [] })
  go()
  assert.equal((await stage.refused("late", "presence")).condition, "item-not-found")
  stage.server.refute((el) => el.attrs["to"] === hag && brief(el).startsWith("+"))
})
