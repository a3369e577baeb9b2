// What owners do with rooms: configuration, subject, the end of a room; commands for clients without windows for it.
import assert from "node:assert/strict"
import { after, before, beforeEach, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { RoomRow } from "#src/core/rooms/model.js"
import type { Link } from "#src/core/model.js"
import { AdministeredRooms, member, owner } from "../support/administered-rooms.js"
import { domain, Stage } from "../support/component-kit.js"
import { MucDialogue } from "../support/muc-dialogue.js"

const crone = "crone1@shakespeare.lit"
const crone1 = `${crone}/desktop`
const hag = "hag66@shakespeare.lit"
const hag66 = `${hag}/pda`
const coven = `#coven@${domain}`
const nsOwner = "http://jabber.org/protocol/muc#owner"
const config = "muc#roomconfig_"

let stage: Stage
let rooms: AdministeredRooms
let room: RoomRow
let link: Link
let nextRoom = 200

before(async () => (stage = await Stage.open()))
after(() => stage.close())
beforeEach(() => {
  stage.service.links = []
  Object.assign(stage.service, { rooms: (rooms = new AdministeredRooms()) })
  room = rooms.room("coven", {
    id: (nextRoom += 1),
    name: "A Dark Cave",
    topic: "The place for all good witches!",
    facts: { slowSeconds: 20 },
  })
  link = stage.service.tie(crone)
  rooms.open(room, link, owner)
  rooms.open(room, stage.service.tie(hag), member)
  rooms.onAbandon = (gone) => stage.component.face.rooms.changed(gone, { k: "gone", why: "abandoned", links: [link] })
})

const ask = (type: string, payload: string, from = crone1, to = coven): Promise<Element> =>
  stage.server.ask(`<iq type='${type}' from='${from}' to='${to}'>${payload}</iq>`)
const query = (inner: string): string => `<query xmlns='${nsOwner}'>${inner}</query>`
const field = (name: string, value: string): string => `<field var='${name}'><value>${value}</value></field>`
const submit = (fields: Record<string, string>, type = "submit"): string =>
  query(
    `<x xmlns='jabber:x:data' type='${type}'>${field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig")}${Object.entries(fields)
      .map(([name, value]) => field(config + name, value))
      .join("")}</x>`,
  )
const outcome = (answer: Element): string =>
  answer.attrs.type === "result"
    ? "result"
    : `${answer.getChild("error")?.attrs.type} ${answer.getChild("error")?.getChildElements()[0]?.getName()}`
const values = async (): Promise<Record<string, string>> => {
  const form = (await ask("get", query(""))).getChild("query", nsOwner)?.getChild("x", "jabber:x:data")
  assert.equal(form?.attrs.type, "form")
  const all = form?.getChildren("field").map((one) => [(one.attrs.var ?? "").replace(config, ""), one.getChildText("value") ?? ""] as const)
  return Object.fromEntries(all ?? [])
}

test("§10.2: the form says how the room is; sent back as it is it changes nothing", async () => {
  const shown = await values()
  const { FORM_TYPE, ...rest } = shown
  assert.equal(FORM_TYPE, "http://jabber.org/protocol/muc#roomconfig")
  assert.deepEqual(rest, {
    roomname: "A Dark Cave",
    roomdesc: "The place for all good witches!",
    slow_mode_duration: "20",
    "x-archive_days": "",
    persistentroom: "1",
    membersonly: "1",
    publicroom: "0",
    passwordprotectedroom: "0",
    whois: "moderators",
  })
  assert.equal(outcome(await ask("set", submit(rest))), "result")
  assert.equal(outcome(await ask("set", submit({ membersonly: "true", publicroom: "false" }))), "result", "the other spelling of a boolean")
  assert.deepEqual(rooms.asked, [])
})

test("§10.2: what is changed is changed on the network, and no more than that", async () => {
  const changes = { roomname: "The Cave", roomdesc: "The place for all good witches!", slow_mode_duration: "0" }
  assert.equal(outcome(await ask("set", submit(changes))), "result")
  assert.deepEqual(rooms.asked, ["{do:name,text:The Cave}", "{do:slow,seconds:0}"])
})

test("how long the history is kept is the owner's to say, within bounds; nothing of it goes to the network", async () => {
  const keep = (days: string): string => query(`<x xmlns='jabber:x:data' type='submit'>${field("x-archive_days", days)}</x>`)
  assert.equal(outcome(await ask("set", keep("30"))), "result")
  assert.equal(room.facts.archiveDays, 30)
  assert.equal((await values())["x-archive_days"], "30")
  for (const bad of ["0", "3651", "-1", "a year"]) assert.equal(outcome(await ask("set", keep(bad))), "modify not-acceptable", bad)
  assert.equal(outcome(await ask("set", keep("1"), hag66)), "auth forbidden")
  assert.equal(room.facts.archiveDays, 30)
  assert.equal(outcome(await ask("set", keep(""))), "result")
  assert.equal(room.facts.archiveDays, undefined)
  assert.deepEqual(rooms.asked, [])
})

test("§10.2: cancelled and empty forms change nothing", async () => {
  assert.equal(outcome(await ask("set", submit({ roomname: "x" }, "cancel"))), "result")
  assert.equal(outcome(await ask("set", query("<x xmlns='jabber:x:data' type='submit'/>"))), "result")
  assert.equal(outcome(await ask("set", query(""))), "modify bad-request")
  assert.deepEqual(rooms.asked, [])
})

test("what cannot be otherwise is refused, before anything is changed", async () => {
  for (const bad of [{ membersonly: "0" }, { whois: "anyone" }, { roomname: "" }, { slow_mode_duration: "-1" }])
    assert.equal(outcome(await ask("set", submit({ roomdesc: "other", ...bad }))), "modify not-acceptable", JSON.stringify(bad))
  assert.deepEqual(rooms.asked, [])
})

test("only what the account may change is offered and taken; others than owners see nothing", async () => {
  rooms.open(room, link, { ...owner, can: ["topic"] })
  const shown = await values()
  assert.ok(!("roomname" in shown) && !("slow_mode_duration" in shown) && "roomdesc" in shown)
  assert.equal(outcome(await ask("set", submit({ roomname: "x" }))), "auth forbidden")
  assert.equal(outcome(await ask("get", query(""), hag66)), "auth forbidden")
  assert.equal(outcome(await ask("set", submit({ roomname: "x" }), hag66)), "auth forbidden")
  assert.equal(outcome(await ask("get", query(""), "stranger@example.test/x")), "auth forbidden")
})

test("§10.9: an owner destroys the room; everybody hears why, and what became of the group", async () => {
  const muc = new MucDialogue(stage.server)
  await muc.join(crone1, coven, "firstwitch")
  await muc.join(hag66, coven, "thirdwitch")
  const destroy = query("<destroy jid='heath@chat.shakespeare.lit'><reason>Macbeth doth come.</reason></destroy>")
  assert.equal(outcome(await ask("set", destroy, hag66)), "auth forbidden")
  assert.deepEqual(rooms.asked, [])
  assert.equal(outcome(await ask("set", destroy)), "result")
  assert.deepEqual(rooms.asked, ["abandon true"])
  for (const [to, nick] of [
    [crone1, "firstwitch"],
    [hag66, "thirdwitch"],
  ]) {
    const end = await stage.server.expect(
      `<presence type='unavailable' from='${coven}/${nick}' to='${to}'><x xmlns='http://jabber.org/protocol/muc#user'>
        <item affiliation='none' role='none'/><destroy jid='heath@chat.shakespeare.lit'/></x></presence>`,
    )
    const why = end.getChild("x")?.getChild("destroy")?.getChildText("reason") ?? ""
    assert.match(why, /^Macbeth doth come\. \(It was deleted on Sms\.\)$/)
  }
})

test("§8.1: the subject is changed by who may, and only by a message that has nothing but a subject", async () => {
  const muc = new MucDialogue(stage.server)
  await muc.join(crone1, coven, "firstwitch")
  await muc.join(hag66, coven, "thirdwitch")
  const send = (from: string, id: string, inner: string): void =>
    stage.server.send(`<message from='${from}' id='${id}' to='${coven}' type='groupchat'>${inner}</message>`)
  send(crone1, "lh2bs617", "<subject>Fire Burn and Cauldron Bubble!</subject>")
  send(crone1, "same", "<subject>The place for all good witches!</subject>")
  send(crone1, "uj3bs61g", "<subject></subject>")
  send(crone1, "thread", "<subject>x</subject><thread>t</thread>")
  send(hag66, "h1", "<subject>mine</subject>")
  const refused = await stage.server.expect(`<message type='error' id='h1' from='${coven}' to='${hag66}'/>`)
  assert.equal(outcome(refused), "auth forbidden")
  await stage.sync()
  assert.deepEqual(rooms.asked, ["{do:topic,text:Fire Burn and Cauldron Bubble!}", "{do:topic,text:}"])
})

test("§8.1: the subject of a topic is its name, to change as to read", async () => {
  const address = `#seven@${domain}`
  const topic = rooms.room("seven", { id: 907, kind: "topic", parentId: room.id, name: "Cauldrons" })
  rooms.open(topic, stage.service.tie(crone1.split("/")[0]!), { ...owner, can: ["name"] })
  const { subject } = await new MucDialogue(stage.server).join(crone1, address, "firstwitch")
  assert.equal(subject.getChildText("subject"), "Cauldrons")
  const send = (id: string, text: string): void =>
    stage.server.send(`<message from='${crone1}' id='${id}' to='${address}' type='groupchat'><subject>${text}</subject></message>`)
  send("t1", "Newts")
  send("t2", "Cauldrons")
  send("t3", " ")
  assert.equal(outcome(await stage.server.expect(`<message type='error' id='t3'/>`)), "modify not-acceptable")
  assert.deepEqual(rooms.asked, ["{do:name,text:Newts}"])
})

test("§10.2: a description of several lines comes back as it was", async () => {
  room.topic = "One\r\nTwo\n"
  const shown = (await ask("get", "<query xmlns='http://jabber.org/protocol/muc#owner'/>")).getChild("query")?.getChild("x")
  const field = shown?.getChildren("field").find(({ attrs }) => attrs.var === "muc#roomconfig_roomdesc")
  assert.deepEqual([field?.attrs.type, field?.getChildren("value").map((value) => value.getText())], ["text-multi", ["One", "Two"]])
  const form = `<x xmlns='jabber:x:data' type='submit'>${String(field)}</x>`
  assert.equal(outcome(await ask("set", `<query xmlns='http://jabber.org/protocol/muc#owner'>${form}</query>`)), "result")
  assert.deepEqual(rooms.asked, [])
})

// ---- commands
const nsCommands = "http://jabber.org/protocol/commands"
async function run(node: string, to: string, from = crone1, more = "", inner = ""): Promise<Element> {
  const answer = await ask("set", `<command xmlns='${nsCommands}' node='${node}' ${more}>${inner}</command>`, from, to)
  const command = answer.getChild("command")
  if (!command) throw new Error(outcome(answer))
  return command
}
const note = (command: Element): string => command.getChild("note")?.getText() ?? ""
async function chat(text: string, answer: RegExp): Promise<string> {
  stage.server.send(`<message from='${crone1}' to='${domain}' type='chat'><body>${text}</body></message>`)
  const said = await stage.server.expect((el) => el.attrs.to === crone1 && answer.test(el.getChildText("body") ?? ""))
  return said.getChildText("body") ?? ""
}

test("rooms: a list with addresses, topics under their group", async () => {
  const topic = rooms.room("coven:1", { id: (nextRoom += 1), kind: "topic", parentId: room.id, name: "Potions" })
  rooms.open(topic, link, owner)
  assert.equal(note(await run("rooms", domain)), `A Dark Cave: ${coven}\n– Potions: #coven\\3a1@${domain}`)
  assert.match(await chat("rooms", /Dark Cave/), /Potions/)
})

test("a command about a room, at the room's address and at the gateway's", async () => {
  rooms.onManage = () => ({ link: "https://sms.test/+abc" })
  assert.match(note(await run("invite-link", coven)), /A Dark Cave: https:\/\/sms.test\/\+abc/)
  await chat(`invite-link ${coven}`, /sms.test/)
  await chat("invite-link a dark cave", /sms.test/)
  await chat("invite-link nowhere", /no such room/)
  const form = await run("invite-link", domain)
  const options = form.getChild("x", "jabber:x:data")?.getChildren("field")[0]?.getChildren("option")
  assert.deepEqual(
    options?.map(({ attrs }) => attrs.label),
    [`A Dark Cave (${coven})`],
  )
  const chosen = `<x xmlns='jabber:x:data' type='submit'>${field("room", `A Dark Cave (${coven})`)}</x>`
  assert.match(note(await run("invite-link", domain, crone1, `sessionid='${form.attrs.sessionid}' action='next'`, chosen)), /sms\.test/)
  assert.equal(rooms.asked.length, 4)
  await assert.rejects(run("status", coven), /item-not-found/, "not about a room")
  await assert.rejects(run("reopen-topic", coven, "stranger@example.test/x"), /registration-required/)
  assert.match(note(await run("invite-link", coven, hag66)), /no right/)
})

test("of two rooms whose names begin alike the longer one is meant, and of two of one name neither", async () => {
  const annex = rooms.room("annex", { id: (nextRoom += 1), name: "A Dark Cave Annex" })
  rooms.open(annex, link, owner)
  await chat("rename-room a dark cave annex Shed", /called Shed now/)
  await chat("rename-room a dark cave Hut", /called Hut now/)
  annex.name = "A Dark Cave"
  await chat("rename-room A Dark Cave Barn", /Several rooms have this name/)
  await chat("rename-room #annex Barn", /called Barn now/)
})

test("topics are made, renamed and closed, rooms left and deleted, by command", async () => {
  rooms.onManage = (what) =>
    what.do === "create" ? { room: rooms.room("coven:7", { id: (nextRoom += 1), kind: "topic", parentId: room.id, name: "Spells" }) } : {}
  await chat(`create-topic ${coven} Spells`, /The topic Spells is #coven\\3a7@/)
  await chat(`rename-room ${coven} The Cave`, /called The Cave now/)
  await chat(`close-topic ${coven}`, /is closed/)
  await chat(`delete-room ${coven}`, /cannot be undone/)
  await chat("no", /Nothing was changed/)
  await chat(`delete-room ${coven} yes`, /was deleted/)
  await chat(`leave-room ${coven} yes`, /has left/)
  assert.deepEqual(rooms.asked, [
    "{do:create,new:{kind:topic,name:Spells}}",
    "{do:name,text:The Cave}",
    "{do:close}",
    "abandon true",
    "abandon false",
  ])
})
