// Roles, affiliations, registration and moderation of rooms: the dialogues of XEP-0045 §7.10, §8, §9, §10 and XEP-0425, with our names.
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
const ns = "http://jabber.org/protocol/muc#admin"

let stage: Stage
let rooms: AdministeredRooms
let room: RoomRow
let link: Link

before(async () => (stage = await Stage.open()))
after(() => stage.close())
beforeEach(() => {
  stage.service.links = []
  Object.assign(stage.service, { rooms: (rooms = new AdministeredRooms()) })
  room = rooms.room("coven", { id: (nextRoom += 1) })
  link = stage.service.tie(crone)
  rooms.open(room, link, owner)
  rooms.open(room, stage.service.tie(hag), member)
  rooms.person(room, "pistol", { contact: "5" })
  rooms.person(room, "Hecate", { contact: "6" }, "admin")
  rooms.person(room, "Macbeth", { contact: "7" }, "owner")
  rooms.person(room, "Banquo", { contact: "8" }, "banned")
  rooms.person(room, "Fleance", { contact: "9" }, "muted")
})
let nextRoom = 100

const ask = (type: string, from: string, payload: string): Promise<Element> =>
  stage.server.ask(`<iq type='${type}' from='${from}' to='${coven}'>${payload}</iq>`)
const set = (items: string, from = crone1): Promise<Element> => ask("set", from, `<query xmlns='${ns}'>${items}</query>`)
const list = async (item: string, from = crone1): Promise<Record<string, string | undefined>[]> => {
  const answer = await ask("get", from, `<query xmlns='${ns}'><item ${item}/></query>`)
  if (answer.attrs.type === "error") throw new Error(outcome(answer))
  return (
    answer
      .getChild("query", ns)
      ?.getChildren("item")
      .map(({ attrs }) => attrs) ?? []
  )
}
const outcome = (answer: Element): string =>
  answer.attrs.type === "result"
    ? "result"
    : `${answer.getChild("error")?.attrs.type} ${answer.getChild("error")?.getChildElements()[0]?.getName()}`
const done = async (items: string, from = crone1): Promise<string[]> => {
  assert.equal(outcome(await set(items, from)), "result")
  return rooms.asked.splice(0)
}
const refused = async (items: string, from = crone1): Promise<string> => {
  const answer = outcome(await set(items, from))
  assert.deepEqual(rooms.asked, [], "nothing was done")
  return answer
}

test("§8.2: a moderator kicks an occupant by nick", async () => {
  assert.deepEqual(await done("<item nick='pistol' role='none'><reason>Avaunt, you cullion!</reason></item>"), [
    "{do:kick,user:5,why:Avaunt, you cullion!}",
  ])
  assert.equal(await refused("<item nick='pistol' role='none'/>", hag66), "auth forbidden")
  assert.equal(await refused("<item nick='nobody' role='none'/>"), "cancel item-not-found")
  assert.equal(await refused("<item nick='Banquo' role='none'/>"), "cancel item-not-found", "not there")
})

test("§8.2: nobody is kicked from below, and nobody by themselves", async () => {
  rooms.open(room, link, { affiliation: "admin", role: "moderator", can: ["kick", "role"] })
  assert.equal(await refused("<item nick='Macbeth' role='none'/>"), "cancel not-allowed")
  rooms.person(room, "firstwitch", { user: crone }, "admin")
  assert.equal(await refused("<item nick='firstwitch' role='none'/>"), "cancel conflict")
})

test("§8.3, §8.4: voice is granted and revoked, but not of admins", async () => {
  assert.deepEqual(await done("<item nick='Fleance' role='participant'/>"), ["{do:role,user:9,role:member}"])
  assert.deepEqual(await done("<item nick='pistol' role='visitor'/>"), ["{do:role,user:5,role:muted}"])
  assert.deepEqual(await done("<item nick='pistol' role='participant'/>"), [], "it is so already")
  assert.equal(await refused("<item nick='Hecate' role='visitor'/>"), "cancel not-allowed")
  assert.equal(await refused("<item nick='Hecate' role='participant'/>"), "cancel not-allowed")
})

test("§8.5, §9.8: lists of roles", async () => {
  assert.deepEqual(await list("role='visitor'"), [{ affiliation: "member", jid: `9@${domain}`, nick: "Fleance", role: "visitor" }])
  assert.deepEqual(
    (await list("role='moderator'")).map(({ nick }) => nick),
    ["Hecate", "Macbeth"],
  )
  await assert.rejects(list("role='participant'", hag66), /auth forbidden/)
})

test("§9.1: an admin bans by JID, nobody bans themselves", async () => {
  assert.deepEqual(await done(`<item affiliation='outcast' jid='5@${domain}'><reason>Treason</reason></item>`), [
    "{do:ban,user:5,why:Treason}",
  ])
  assert.deepEqual(await done(`<item affiliation='outcast' jid='6@${domain}'/>`), ["{do:role,user:6,role:member}", "{do:ban,user:6}"])
  assert.equal(await refused(`<item affiliation='outcast' jid='${crone}'/>`), "cancel conflict")
  assert.equal(await refused(`<item affiliation='outcast' jid='${hag}'/>`), "cancel not-allowed", "the configuration's to say")
  assert.equal(await refused(`<item affiliation='outcast' jid='5@${domain}'/>`, hag66), "auth forbidden")
  assert.equal(await refused(`<item affiliation='outcast' jid='#coven@${domain}'/>`), "cancel item-not-found")
  rooms.open(room, link, { affiliation: "admin", role: "moderator", can: ["ban"] })
  assert.equal(await refused(`<item affiliation='outcast' jid='7@${domain}'/>`), "cancel not-allowed", "an owner by an admin")
})

test("§9.2: several changes, or none of them", async () => {
  assert.deepEqual(await done(`<item affiliation='outcast' jid='5@${domain}'/><item affiliation='none' jid='8@${domain}'/>`), [
    "{do:ban,user:5}",
    "{do:unban,user:8}",
  ])
  assert.equal(
    await refused(`<item affiliation='outcast' jid='5@${domain}'/><item affiliation='outcast' jid='${crone}'/>`),
    "cancel conflict",
  )
})

test("§9.2, §9.5: lists of affiliations, over all pages of the network", async () => {
  const one = (id: string, role: "member" | "banned" | "admin", nick?: string) => ({ contact: { id }, role, ...(nick && { nick }) })
  rooms.pages = [
    [one("5", "member", "pistol"), one("8", "banned")],
    [one("9", "member"), one("6", "admin")],
  ]
  assert.deepEqual(await list("affiliation='outcast'"), [{ affiliation: "outcast", jid: `8@${domain}` }])
  assert.deepEqual(await list("affiliation='member'"), [
    { affiliation: "member", jid: hag },
    { affiliation: "member", jid: `5@${domain}`, nick: "pistol" },
    { affiliation: "member", jid: `9@${domain}` },
  ])
  assert.deepEqual(
    (await list("affiliation='admin'")).map(({ jid }) => jid),
    [`6@${domain}`],
  )
  assert.deepEqual(await list("affiliation='none'"), [])
  await assert.rejects(list("affiliation='member'", hag66), /auth forbidden/)
  rooms.open(room, link, { affiliation: "admin", role: "moderator", can: [] })
  await assert.rejects(list("affiliation='owner'"), /auth forbidden/)
})

test("a list ends after a thousand, however many the network has", async () => {
  rooms.pages = Array.from({ length: 30 }, (_, page) =>
    Array.from({ length: 100 }, (_, i) => ({ contact: { id: `${page}-${i}` }, role: "member" as const })),
  )
  assert.equal((await list("affiliation='member'")).length, 1000)
  assert.equal(rooms.asked.length, 10)
})

test("§9.3, §9.4: membership is granted and revoked", async () => {
  assert.deepEqual(await done(`<item affiliation='member' jid='12@${domain}'/>`), ["{do:add,user:12}"])
  assert.deepEqual(await done(`<item affiliation='member' jid='8@${domain}'/>`), ["{do:unban,user:8}"])
  assert.deepEqual(await done(`<item affiliation='none' jid='5@${domain}'/>`), ["{do:kick,user:5}"])
  assert.deepEqual(await done(`<item affiliation='none' jid='12@${domain}'/>`), ["{do:unban,user:12}"], "a ban may be meant")
})

test("§9.6, §10.6, §10.7: admins are made by owners alone", async () => {
  assert.deepEqual(await done(`<item affiliation='admin' jid='5@${domain}'/>`), ["{do:role,user:5,role:admin}"])
  assert.deepEqual(await done("<item nick='pistol' role='moderator'/>"), ["{do:role,user:5,role:admin}"])
  assert.deepEqual(await done(`<item affiliation='member' jid='6@${domain}'/>`), ["{do:role,user:6,role:member}"])
  assert.deepEqual(await done(`<item affiliation='none' jid='6@${domain}'/>`), ["{do:role,user:6,role:member}", "{do:kick,user:6}"])
  assert.deepEqual(await done(`<item affiliation='owner' nick='Hecate'/>`), ["{do:role,user:6,role:owner}"])
  rooms.open(room, link, { affiliation: "admin", role: "moderator", can: ["role", "kick"] })
  assert.equal(await refused(`<item affiliation='admin' jid='5@${domain}'/>`), "auth forbidden")
  assert.equal(await refused(`<item affiliation='none' jid='6@${domain}'/>`), "cancel not-allowed")
})

test("what the account may not do is forbidden, what the network cannot is not allowed; malformed items are bad requests", async () => {
  rooms.open(room, link, { ...owner, can: ["name"] })
  assert.equal(await refused("<item nick='pistol' role='none'/>"), "auth forbidden")
  rooms.open(room, link, owner)
  for (const bad of [
    "",
    "<item nick='pistol'/>",
    "<item role='none'/>",
    "<item nick='pistol' role='king'/>",
    "<item nick='pistol' role='none' affiliation='none'/>",
    "<item nick='pistol' role='none'/>".repeat(51),
  ])
    assert.equal(await refused(bad), "modify bad-request", bad.slice(0, 80))
  assert.equal(await refused("<item jid='a@@b' affiliation='admin'/>"), "modify jid-malformed")
})

test("§8.2: a user of ours leaves a shared room by a kick of its moderator", async () => {
  const muc = new MucDialogue(stage.server)
  await muc.join(crone1, coven, "firstwitch")
  rooms.person(room, "away", { user: "away@shakespeare.lit" })
  assert.equal(await refused("<item nick='away' role='none'/>"), "cancel item-not-found")
  await muc.join(hag66, coven, "thirdwitch")
  assert.deepEqual(await done("<item nick='thirdwitch' role='none'><reason>Avaunt</reason></item>"), [])
  const kicked = await stage.server.expect(
    `<presence type='unavailable' from='${coven}/thirdwitch' to='${hag66}'><x xmlns='http://jabber.org/protocol/muc#user'>
      <item role='none'><actor nick='firstwitch'/><reason>Avaunt</reason></item><status code='110'/><status code='307'/></x></presence>`,
  )
  assert.equal(kicked.attrs.to, hag66)
  await stage.server.expect(`<presence type='unavailable' from='${coven}/thirdwitch' to='${crone1}'/>`)
})

test("§7.10: registering reserves a nick", async () => {
  const form = (nick: string): string =>
    `<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>
      <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>
      <field var='muc#register_roomnick'><value>${nick}</value></field></x></query>`
  const get = (): Promise<Element> => ask("get", hag66, "<query xmlns='jabber:iq:register'/>")
  const asked = (await get()).getChild("query")?.getChild("x", "jabber:x:data")
  assert.ok(asked?.getChildren("field").some(({ attrs }) => attrs.var === "muc#register_roomnick"))
  assert.equal(outcome(await ask("set", hag66, form("pistol"))), "cancel conflict")
  assert.equal(outcome(await ask("set", hag66, "<query xmlns='jabber:iq:register'/>")), "modify bad-request")
  assert.equal(outcome(await ask("set", hag66, form("thirdwitch"))), "result")
  const query = (await get()).getChild("query")
  assert.ok(query?.getChild("registered"))
  assert.equal(query?.getChildText("username"), "thirdwitch")
  assert.equal(
    outcome(await stage.server.ask(`<iq type='get' from='${hag66}' to='#none@${domain}'><query xmlns='jabber:iq:register'/></iq>`)),
    "cancel item-not-found",
  )
})

test("§7.10: a nick that is no resource is not taken", async () => {
  for (const nick of ["a\u202eb", "third\u200bwitch", "x".repeat(1024), "a\u0007b", "   ", "\u2800"]) {
    const answer = outcome(
      await ask("set", hag66, `<query xmlns='jabber:iq:register'><username>${nick.replace("\u0007", "&#xE000;")}</username></query>`),
    )
    assert.match(answer, /^modify (not-acceptable|bad-request)$/, JSON.stringify(nick))
  }
  assert.equal(rooms.people.filter(({ user }) => user === hag66.split("/")[0]).length, 0)
})

test("§7.10: another nick by registration is another nick in the room", async () => {
  const muc = new MucDialogue(stage.server)
  await muc.join(hag66, coven, "thirdwitch")
  assert.equal(outcome(await ask("set", hag66, "<query xmlns='jabber:iq:register'><username>crone</username></query>")), "result")
  await stage.server.expect(
    `<presence type='unavailable' from='${coven}/thirdwitch' to='${hag66}'><x xmlns='http://jabber.org/protocol/muc#user'><item nick='crone'/><status code='303'/></x></presence>`,
  )
  await stage.server.expect(`<presence from='${coven}/crone' to='${hag66}'/>`)
})

test("who owns the account leaves the group by giving up the registration; a guest only the room", async () => {
  const remove = "<query xmlns='jabber:iq:register'><remove/></query>"
  assert.equal(outcome(await ask("set", crone1, remove)), "result")
  assert.deepEqual(rooms.asked.splice(0), ["abandon false"])
  const guest: Link = { ...stage.service.tie("guest@shakespeare.lit"), role: "guest" }
  rooms.open(room, guest, member)
  const muc = new MucDialogue(stage.server)
  await muc.join("guest@shakespeare.lit/x", coven, "guest")
  assert.equal(outcome(await ask("set", "guest@shakespeare.lit/x", remove)), "result")
  assert.deepEqual(rooms.asked, [])
  await stage.server.expect(
    `<presence type='unavailable' from='${coven}/guest' to='guest@shakespeare.lit/x'><x xmlns='http://jabber.org/protocol/muc#user'><status code='321'/></x></presence>`,
  )
})

test("XEP-0425: a moderator retracts what somebody said", async () => {
  const moderate = (inner: string, from = crone1, id = "stanza-id-1"): Promise<Element> =>
    ask("set", from, `<moderate id='${id}' xmlns='urn:xmpp:message-moderate:1'>${inner}</moderate>`)
  const retract = "<retract xmlns='urn:xmpp:message-retract:1'/><reason>This message contains inappropriate content for this forum</reason>"
  assert.equal(outcome(await moderate(retract)), "modify not-acceptable", "has no nick here yet")
  rooms.person(room, "firstwitch", { user: crone })
  assert.equal(outcome(await moderate(retract)), "result")
  assert.deepEqual(rooms.asked.splice(0), ["retract stanza-id-1 true This message contains inappropriate content for this forum"])
  assert.equal(outcome(await moderate(retract, hag66)), "auth forbidden")
  assert.equal(outcome(await moderate(retract, crone1, "")), "modify bad-request")
  assert.equal(outcome(await moderate("<flag xmlns='x'/>")), "cancel feature-not-implemented")
  assert.deepEqual(rooms.asked, [])
})
