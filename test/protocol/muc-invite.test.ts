// Invitations and bookmarks: XEP-0045 §7.8.2 and §7.13 as dialogues; what users are told of rooms that come, move and go (XEP-0402, XEP-0249).
import assert from "node:assert/strict"
import { after, before, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { RoomRow } from "#src/core/rooms/model.js"
import type { Link } from "#src/core/model.js"
import type { RoomChange } from "#src/core/rooms/ports.js"
import { AdministeredRooms, member, owner } from "../support/administered-rooms.js"
import { domain, Stage } from "../support/component-kit.js"
import { MucDialogue } from "../support/muc-dialogue.js"

const crone = "crone1@shakespeare.lit"
const crone1 = `${crone}/desktop`
const hecate = "hecate@shakespeare.lit"
const coven = `#coven@${domain}`
const nsUser = "http://jabber.org/protocol/muc#user"

let stage: Stage
let rooms: AdministeredRooms
let room: RoomRow
let link: Link
let nextRoom = 300

before(async () => {
  stage = await Stage.open()
})
after(() => stage.close())
beforeEach(() => {
  stage.service.links = []
  Object.assign(stage.service, { rooms: (rooms = new AdministeredRooms()) })
  room = rooms.room("coven", { id: (nextRoom += 1), name: "A Dark Cave" })
  link = stage.service.tie(crone)
  rooms.open(room, link, owner)
})

const changed = (change: RoomChange, which = room): void => stage.component.face.rooms.changed(which, change)
const invite = (
  to: string,
  id: string,
  from = crone1,
  reason = "<reason>Hey Hecate, this is the place for all good witches!</reason>",
): void =>
  stage.server.send(
    `<message from='${from}' id='${id}' to='${coven}'><x xmlns='${nsUser}'><invite to='${to}'>${reason}</invite></x></message>`,
  )
const errorOf = async (id: string): Promise<string | undefined> => {
  const answer = await stage.server.expect(`<message type='error' id='${id}'/>`)
  return answer.getChild("error")?.getChildElements()[0]?.getName()
}

test("§7.8.2: the room forwards an invitation to whom it is open", async () => {
  rooms.open(room, stage.service.tie(hecate), member)
  invite(`${hecate}/broom`, "nzd143v8")
  const forwarded = await stage.server.expect(
    `<message from='${coven}' id='nzd143v8' to='${hecate}'><x xmlns='${nsUser}'><invite from='${crone}'>
      <reason>Hey Hecate, this is the place for all good witches!</reason></invite></x>
      <x xmlns='jabber:x:conference' jid='${coven}'/></message>`,
  )
  assert.equal(forwarded.attrs.type, undefined)
})

test("§9.5: whom the room is closed to, and who is no user at all, is not invited", async () => {
  invite(hecate, "C6E14DF6")
  assert.equal(await errorOf("C6E14DF6"), "forbidden")
  invite("", "empty")
  assert.equal(await errorOf("empty"), "jid-malformed")
  invite(hecate, "stranger", "stranger@example.test/x")
  assert.equal(await errorOf("stranger"), "forbidden")
})

test("§7.8.2: who declines is heard by who invited, and by nobody else", async () => {
  rooms.open(room, stage.service.tie(hecate), member)
  const decline = (to: string, id: string): void =>
    stage.server.send(
      `<message from='${hecate}/broom' id='${id}' to='${coven}'><x xmlns='${nsUser}'><decline to='${to}'>
        <reason>Sorry, I'm too busy right now.</reason></decline></x></message>`,
    )
  decline(crone, "jk2vs61v")
  await stage.server.expect(
    `<message from='${coven}' id='jk2vs61v' to='${crone}'><x xmlns='${nsUser}'><decline from='${hecate}'>
      <reason>Sorry, I'm too busy right now.</reason></decline></x></message>`,
  )
  decline("victim@example.test", "loud")
  decline(domain, "loud")
  await stage.sync()
  stage.server.refute((el) => el.attrs.id === "loud")
})

test("people of the network are added where that can be, else the inviter gets a link", async () => {
  invite(`12@${domain}`, "i1")
  await stage.server.expect((el) => el.attrs.to === crone1 && /was added to the group on Sms/.test(el.getChildText("body") ?? ""))
  assert.deepEqual(rooms.asked.splice(0), ["{do:add,user:12,why:Hey Hecate, this is the place for all good witches!}"])
  rooms.open(room, link, { ...owner, can: ["invite"] })
  rooms.onManage = () => ({ link: "https://sms.test/+abc" })
  invite(`12@${domain}`, "i2")
  const told = await stage.server.expect((el) => /https:\/\/sms\.test\/\+abc/.test(el.getChildText("body") ?? ""))
  assert.deepEqual([told.attrs.from, told.attrs.to, told.attrs.type], [coven, crone1, "groupchat"])
  rooms.open(room, link, member)
  invite(`12@${domain}`, "i3")
  assert.equal(await errorOf("i3"), "forbidden")
  invite(`#coven@${domain}`, "i4")
  assert.equal(await errorOf("i4"), "item-not-found")
})

test("§7.13: voice is the network's to give", async () => {
  const request = (id: string): void =>
    stage.server.send(
      `<message from='${crone1}' id='${id}' to='${coven}'><x xmlns='jabber:x:data' type='submit'>
        <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request</value></field>
        <field var='muc#role'><value>participant</value></field></x></message>`,
    )
  rooms.open(room, link, { ...member, role: "visitor" })
  request("yd53c486")
  assert.equal(await errorOf("yd53c486"), "not-allowed")
  rooms.open(room, link, member)
  request("has-voice")
  await stage.sync()
  stage.server.refute((el) => el.attrs.id === "has-voice")
})

test("a new room is an invitation where no bookmark can be written; a container is none", async () => {
  changed({ k: "new", by: "Macbeth" })
  const invited = await stage.server.expect(
    `<message from='${coven}' to='${crone}'><x xmlns='${nsUser}'><invite from='${domain}'><reason>Macbeth added you to A Dark Cave.</reason></invite></x>
      <x xmlns='jabber:x:conference' jid='${coven}' reason='Macbeth added you to A Dark Cave.'/></message>`,
  )
  assert.equal(invited.getChildText("body"), "Macbeth added you to A Dark Cave.")
  const forum = rooms.room("forum", { id: (nextRoom += 1), kind: "container" })
  rooms.open(forum, link, owner)
  changed({ k: "new" }, forum)
  await stage.sync()
  stage.server.refute((el) => el.attrs.from === `#forum@${domain}`)
})

test("topics and posts are found in the list of rooms; rooms of a container are invited to", async () => {
  const topic = rooms.room("coven/7", { id: (nextRoom += 1), kind: "topic", parentId: room.id })
  const forum = rooms.room("forum", { id: (nextRoom += 1), kind: "container" })
  const inside = rooms.room("inside", { id: (nextRoom += 1), parentId: forum.id })
  const post = rooms.room("forum/8", { id: (nextRoom += 1), kind: "topic", parentId: forum.id })
  for (const one of [topic, inside, post]) rooms.open(one, link, owner)
  changed({ k: "new", by: "Macbeth" }, topic)
  changed({ k: "new", by: "Macbeth" }, post)
  changed({ k: "new", by: "Macbeth" }, inside)
  await stage.server.expect(`<message from='#inside@${domain}' to='${crone}'><x xmlns='${nsUser}'><invite/></x></message>`)
  stage.server.refute((el) => /^#(coven|forum)\\2f\d@/.test(el.attrs.from ?? ""))
})

test("who invites without end is told to wait, and who declines without end is not heard", async () => {
  const pest = "pest@shakespeare.lit"
  rooms.open(room, stage.service.tie(pest), owner)
  rooms.open(room, stage.service.tie(hecate), member)
  for (let i = 0; i < 31; i++) invite(hecate, `pest${i}`, `${pest}/x`)
  assert.equal(await errorOf("pest30"), "resource-constraint")
  stage.server.send(`<message from='${pest}/x' id='no' to='${coven}'><x xmlns='${nsUser}'><decline to='${crone}'/></x></message>`)
  assert.equal(await errorOf("no"), "resource-constraint")
  const heard = stage.server.received.filter(({ attrs }) => attrs.to === hecate && attrs.id?.startsWith("pest") === true)
  assert.equal(heard.length, 30)
})

test("a flood of new rooms is twenty invitations and a hint", async () => {
  const user = stage.service.tie("flooded@example.test")
  for (let i = 0; i < 30; i++) {
    const one = rooms.room(`flood-${i}`, { id: (nextRoom += 1) })
    rooms.open(one, user, owner)
    changed({ k: "new" }, one)
  }
  await stage.server.expect((el) => el.attrs.to === user.jid && /Write «rooms»/.test(el.getChildText("body") ?? ""))
  const told = stage.server.received.filter((el) => el.attrs.to === user.jid && el.name === "message")
  assert.equal(told.length, 21)
})

// ---- bookmarks
const nsPubsub = "http://jabber.org/protocol/pubsub"
const nsBookmarks = "urn:xmpp:bookmarks:1"

/** As Prosody says it, namespaces nested. */
function grant(server: string): void {
  stage.server.send(
    `<message to='${domain}' from='${server}'><privilege xmlns='urn:xmpp:privilege:2'><perm type='both' access='roster'/>
      <perm access='iq'><namespace type='both' ns='${nsPubsub}#owner'><namespace type='both' ns='${nsPubsub}'/></namespace></perm></privilege></message>`,
  )
}

/** The next request in the user's name; `answer` is the inner result's payload, or an error condition. */
async function asUser(user: string, type: "get" | "set", answer: string): Promise<Element> {
  const outer = await stage.server.expect(
    `<iq type='${type}' to='${user}'><privileged_iq xmlns='urn:xmpp:privilege:2'><iq xmlns='jabber:client' type='${type}' to='${user}'/></privileged_iq></iq>`,
  )
  const inner = outer.getChild("privileged_iq")?.getChild("iq")
  const failed = !answer.startsWith("<") && answer !== ""
  const payload = failed ? `<error type='cancel'><${answer} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>` : answer
  stage.server.reply(
    outer,
    `<privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='${failed ? "error" : "result"}' id='${inner?.attrs.id}' from='${user}' to='${user}'>${payload}</iq></forwarded></privilege>`,
  )
  const pubsub = inner?.getChild("pubsub", nsPubsub)
  if (!pubsub) throw new Error(outer.toString())
  return pubsub
}
const stored = (address: string, conference: string): string =>
  `<pubsub xmlns='${nsPubsub}'><items node='${nsBookmarks}'><item id='${address}'>${conference}</item></items></pubsub>`
const published = (pubsub: Element): { id: string | undefined; conference: Element | undefined } => {
  const item = pubsub.getChild("publish")?.getChild("item")
  return { id: item?.attrs.id, conference: item?.getChild("conference", nsBookmarks) }
}

test("a new room is a bookmark where the server lets us write it, and then no invitation", async () => {
  grant("wood.test")
  const puck = stage.service.tie("puck@wood.test")
  rooms.open(room, puck, owner)
  changed({ k: "new", by: "Oberon" })
  const read = await asUser(puck.jid, "get", "item-not-found")
  assert.equal(read.getChild("items")?.getChild("item")?.attrs.id, coven)
  const publish = await asUser(puck.jid, "set", "")
  const { id, conference } = published(publish)
  assert.equal(id, coven)
  assert.deepEqual([conference?.attrs.name, conference?.attrs.autojoin, conference?.getChildText("nick")], ["A Dark Cave", "true", "puck"])
  const options = publish.getChild("publish-options")?.getChild("x")?.getChildren("field") ?? []
  assert.equal(options.find(({ attrs }) => attrs.var === "pubsub#access_model")?.getChildText("value"), "whitelist")
  await stage.sync()
  stage.server.refute((el) => el.attrs.to === puck.jid && el.name === "message")
  // Another name: the bookmark follows, unless its user gave it one.
  room.name = "The Cave"
  changed({ k: "info" })
  const ours = `<conference xmlns='${nsBookmarks}' name='A Dark Cave' autojoin='false'><nick>me</nick><extensions><x xmlns='a'/></extensions></conference>`
  await asUser(puck.jid, "get", stored(coven, ours))
  const renamed = published(await asUser(puck.jid, "set", "")).conference
  assert.deepEqual([renamed?.attrs.name, renamed?.attrs.autojoin, renamed?.getChildText("nick")], ["The Cave", "false", "me"])
  assert.ok(renamed?.getChild("extensions")?.getChild("x", "a"), "what is not ours is kept")
  room.name = "Again"
  changed({ k: "info" })
  await asUser(puck.jid, "get", stored(coven, `<conference xmlns='${nsBookmarks}' name='Mine'/>`))
  await stage.sync()
  stage.server.refute((el) => el.attrs.to === puck.jid && el.attrs.type === "set")
})

test("a bookmark of the user's own is left as it is; what cannot be read is not written", async () => {
  grant("wood.test")
  const quince = stage.service.tie("quince@wood.test")
  rooms.open(room, quince, owner)
  changed({ k: "new" })
  await asUser(quince.jid, "get", stored(coven, `<conference xmlns='${nsBookmarks}' autojoin='0'/>`))
  await stage.sync()
  stage.server.refute((el) => el.attrs.to === quince.jid && (el.attrs.type === "set" || el.name === "message"))
  changed({ k: "new" })
  await asUser(quince.jid, "get", "internal-server-error")
  await stage.server.expect(`<message from='${coven}' to='${quince.jid}'><x xmlns='${nsUser}'><invite/></x></message>`)
  stage.server.refute((el) => el.attrs.to === quince.jid && el.attrs.type === "set")
})

test("a bookmark moves with its room, with all its settings, and goes with it", async () => {
  grant("wood.test")
  const snug = stage.service.tie("snug@wood.test")
  rooms.open(room, snug, owner)
  room.legacyId = "supercoven"
  changed({ k: "moved", from: "coven", merged: null })
  const old = `<conference xmlns='${nsBookmarks}' name='Mine' autojoin='true'><nick>lion</nick><password>p</password></conference>`
  await asUser(snug.jid, "get", stored(coven, old))
  const { id, conference } = published(await asUser(snug.jid, "set", ""))
  assert.equal(id, `#supercoven@${domain}`)
  assert.deepEqual(
    [conference?.attrs.name, conference?.attrs.autojoin, conference?.getChildText("nick"), conference?.getChildText("password")],
    ["Mine", "true", "lion", "p"],
  )
  const retract = (await asUser(snug.jid, "set", "")).getChild("retract")
  assert.deepEqual([retract?.attrs.notify, retract?.getChild("item")?.attrs.id], ["true", coven])
  changed({ k: "gone", why: "removed", links: [snug] })
  await asUser(snug.jid, "get", stored(`#supercoven@${domain}`, old))
  assert.equal((await asUser(snug.jid, "set", "")).getChild("retract")?.getChild("item")?.attrs.id, `#supercoven@${domain}`)
})

test("a privilege that is granted and then refused is not tried again", async () => {
  grant("athens.test")
  const helena = stage.service.tie("helena@athens.test")
  rooms.open(room, helena, owner)
  changed({ k: "new" })
  const refused = await stage.server.expect(`<iq type='get' to='${helena.jid}'/>`)
  stage.server.error(refused, "auth", "forbidden")
  await stage.server.expect(`<message from='${coven}' to='${helena.jid}'><x xmlns='${nsUser}'/></message>`)
  changed({ k: "new" })
  await stage.server.expect(`<message from='${coven}' to='${helena.jid}'><x xmlns='${nsUser}'/></message>`)
  stage.server.refute(`<iq to='${helena.jid}'/>`)
})

test("what happens while the stream is down is told when it is up again", async () => {
  const puck = stage.service.tie("puck@away.test")
  rooms.open(room, puck, owner)
  stage.server.cut()
  await stage.server.offline()
  await stage.called("streamDown")
  changed({ k: "new" })
  await stage.server.online()
  await stage.server.expect(`<message from='${coven}' to='${puck.jid}'><x xmlns='${nsUser}'><invite/></x></message>`)
})

test("an occupant sees neither invitation nor bookmark of others", async () => {
  const muc = new MucDialogue(stage.server)
  await muc.join(crone1, coven, "firstwitch")
  rooms.open(room, stage.service.tie(hecate), member)
  invite(hecate, "quiet")
  await stage.server.expect(`<message id='quiet' to='${hecate}'/>`)
  stage.server.refute((el) => el.attrs.to === crone1 && el.name === "message")
})
