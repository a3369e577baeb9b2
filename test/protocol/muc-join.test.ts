// Entering, being in and leaving a room: XEP-0045's own examples, and what goes wrong on the way.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import type { FullJid } from "#src/core/model.js"
import { voice } from "../support/memory-rooms.js"
import { domain } from "../support/component-kit.js"
import { brief, coven, crone, hag, RoomStage, wicca } from "../support/room-stage.js"

let stage: RoomStage
afterEach(() => stage.close())

const x = (inner = ""): string => `<x xmlns='http://jabber.org/protocol/muc'>${inner}</x>`
function enter(from: string, to: string, id: string, inner = x()): void {
  stage.server.send(`<presence from='${from}' id='${id}' to='${to}'>${inner}</presence>`)
}
function words(xs: readonly Parameters<typeof brief>[0][]): string[] {
  return xs.map(brief)
}

test("§7.1: occupants, oneself, history, subject, in this order", async () => {
  stage = await RoomStage.open((service, room) => {
    const first = service.rooms.person(room, "firstwitch", { role: "owner", name: "First Witch", title: "Chief" })
    const second = service.rooms.person(room, "secondwitch")
    service.rooms.archived(room, first, "Thrice the brinded cat hath mew'd.")
    service.rooms.archived(room, second, "Thrice and once the hedge-pig whined.")
    room.topic = "Fire Burn and Cauldron Bubble!"
    room.facts = { topicBy: "secondwitch", topicAt: 1_700_000_000_000 }
  })
  const since = stage.mark
  enter(hag, `${coven}/thirdwitch`, "n13mt3l")
  const subject = await stage.server.expect(`<message from='${coven}/secondwitch' to='${hag}' type='groupchat'><subject/></message>`)
  assert.deepEqual(await stage.told(hag, since), [
    "+secondwitch",
    "+firstwitch",
    "+thirdwitch 110 170",
    "firstwitch: Thrice the brinded cat hath mew'd.",
    "secondwitch: Thrice and once the hedge-pig whined.",
    "subject Fire Burn and Cauldron Bubble!",
  ])
  assert.equal(subject.getChild("delay", "urn:xmpp:delay")?.attrs["stamp"], "2023-11-14T22:13:20.000Z")
  await stage.server.expect(
    `<presence from='${coven}/firstwitch' to='${hag}'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/></x>
      <occupant-id xmlns='urn:xmpp:occupant-id:0' id='occupant-1-firstwitch'/><nick xmlns='http://jabber.org/protocol/nick'>First Witch</nick>
      <hats xmlns='urn:xmpp:hats:0'><hat title='Chief' uri='*'/></hats></presence>`,
  )
  await stage.server.expect(
    `<presence id='n13mt3l' from='${coven}/thirdwitch'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='${hag}'/></x></presence>`,
  )
  await stage.server.expect(
    `<message from='${coven}/firstwitch'><delay xmlns='urn:xmpp:delay' from='${coven}' stamp='*'/><stanza-id xmlns='urn:xmpp:sid:0' id='coven-1' by='${coven}'/>
      <occupant-id xmlns='urn:xmpp:occupant-id:0' id='occupant-1-firstwitch'/></message>`,
  )
})

test("§7.2.2, §7.2.4: the others see who comes; a JID only if they moderate", async () => {
  stage = await RoomStage.open((service) =>
    service.rooms.affiliations.set("wiccarocks@other.test", { affiliation: "member", role: "participant" }),
  )
  await stage.muc.join(crone, coven, "firstwitch")
  await stage.muc.join(wicca, coven, "secondwitch")
  const { faces } = await stage.muc.join(hag, coven, "thirdwitch")
  assert.deepEqual(words(faces), ["+firstwitch", "+secondwitch"])
  const item = async (to: string): Promise<Record<string, string>> => {
    const el = await stage.server.expect(`<presence from='${coven}/thirdwitch' to='${to}'/>`)
    return el.getChild("x", "http://jabber.org/protocol/muc#user")!.getChild("item")!.attrs
  }
  assert.deepEqual(await item(crone), { affiliation: "owner", role: "moderator", jid: hag })
  assert.deepEqual(await item(wicca), { affiliation: "owner", role: "moderator" })
})

test("§7.2: who may not enter is told why", async () => {
  stage = await RoomStage.open((service, room) => {
    service.rooms.person(room, "firstwitch")
    service.rooms.affiliations.set("wiccarocks@other.test", { affiliation: "outcast", role: "visitor" })
    service.rooms.add("forum", { kind: "container" })
    service.rooms.add("lost", { state: "gone" })
  })
  const cases: [string, string, string][] = [
    [hag, coven, "jid-malformed"],
    [hag, `${coven}/firstwitch`, "conflict"],
    [wicca, `${coven}/x`, "forbidden"],
    ["mallory@example.test/x", `${coven}/x`, "registration-required"],
    [hag, `#nowhere@${domain}/x`, "item-not-found"],
    [hag, `#forum@${domain}/x`, "not-allowed"],
    [hag, `#lost@${domain}/x`, "gone"],
  ]
  for (const [i, [from, to, wanted]] of cases.entries()) {
    enter(from, to, `e${i}`)
    const { condition, from: by } = await stage.refused(`e${i}`, "presence")
    assert.deepEqual([condition, by], [wanted, to])
  }
})

test("§7.2.14: as much history as was asked for", async () => {
  const now = Date.now()
  stage = await RoomStage.open((service, room) => {
    const witch = service.rooms.person(room, "firstwitch")
    for (let i = 0; i < 30; i++) service.rooms.archived(room, witch, `m${i}`, { at: now - (30 - i) * 60_000 })
  })
  let nick = 0
  const history = async (attrs: string): Promise<string[]> => {
    const from = `hag66@example.test/r${nick++}`
    return words((await stage.muc.join(from, coven, "hag", attrs === "" ? "" : `<history ${attrs}/>`)).history).map(
      (line) => line.split(": m")[1]!,
    )
  }
  assert.equal((await history("")).length, 20)
  assert.deepEqual(await history("maxstanzas='2'"), ["28", "29"])
  assert.deepEqual(await history("maxchars='0'"), [])
  assert.deepEqual(await history("maxstanzas='0'"), [])
  assert.deepEqual(await history("seconds='150'"), ["28", "29"])
  assert.deepEqual(await history(`since='${new Date(now - 90_000).toISOString()}'`), ["29"])
  assert.equal((await history("since='1970-01-01T00:00:00Z'")).length, 30)
  const [one] = await history("maxchars='500'")
  assert.equal(one, "29")
})

test("what is said while one joins comes after the subject, and once", async () => {
  stage = await RoomStage.open((service, room) => service.rooms.person(room, "firstwitch"))
  const [witch] = stage.rooms.people
  await stage.muc.join(crone, coven, "crone")
  const before = stage.rooms.archived(stage.room, witch!, "before")
  let open = (): void => undefined
  const asked = new Promise<void>((resolve) => {
    stage.rooms.before = (call) => {
      if (call !== "archive 1") return Promise.resolve()
      resolve()
      return new Promise((go) => (open = go))
    }
  })
  const since = stage.mark
  enter(hag, `${coven}/hag`, "j")
  await asked
  // Committed before the history was read, written after: it is history. The second is not.
  const rows = [stage.write(before), stage.write(stage.rooms.archived(stage.room, witch!, "meanwhile"))]
  stage.changed({ k: "participant", participant: { ...witch!, nick: "hecate" }, former: "firstwitch", isNew: false })
  await stage.muc.heard(crone, coven, "meanwhile")
  assert.deepEqual(await stage.told(hag, since), ["+firstwitch", "+crone", "+hag 110 170"])
  open()
  await stage.server.expect((el) => el.attrs["to"] === hag && brief(el) === "+hecate")
  assert.deepEqual((await stage.told(hag, since)).slice(3), [
    "firstwitch: before",
    "subject ",
    "firstwitch: meanwhile",
    "-firstwitch 303",
    "+hecate",
  ])
  for (const row of rows) await stage.stage.called(new RegExp(`^delivered.*\\b${row}\\b`))
  // Written again, as after a crash: not to who has it as history.
  const again = stage.mark
  stage.write(before)
  await stage.muc.heard(crone, coven, "before")
  assert.deepEqual(await stage.told(hag, again), [])
})

test("a room that says nothing back has no subject but an empty one", async () => {
  stage = await RoomStage.open()
  const { subject, history, faces } = await stage.muc.join(hag, coven, "thirdwitch")
  assert.deepEqual([subject.getChildText("subject"), history.length, faces.length], ["", 0, 0])
})

test("a user has one nick in all clients, and is told gone with the last", async () => {
  stage = await RoomStage.open()
  await stage.muc.join(crone, coven, "firstwitch")
  await stage.muc.join(hag, coven, "thirdwitch")
  const since = stage.mark
  const phone = "hag66@example.test/phone"
  const { self } = await stage.muc.join(phone, coven, "other")
  assert.equal(brief(self), "+thirdwitch 110 170 210")
  assert.deepEqual(await stage.told(crone, since), [])
  await stage.muc.leave(hag, coven, "thirdwitch")
  assert.deepEqual(await stage.told(crone, since), [])
  await stage.muc.leave(phone, coven, "thirdwitch")
  assert.deepEqual(await stage.told(crone, since), ["-thirdwitch"])
  assert.deepEqual(
    stage.rooms.calls.filter((call) => call.startsWith("left")),
    [`left 1 ${hag}`, `left 1 ${phone}`],
  )
})

test("clients of one user who join at once get one nick, each everything in order", async () => {
  stage = await RoomStage.open((service, room) => service.rooms.archived(room, service.rooms.person(room, "firstwitch"), "hail"))
  const clients = ["a", "b", "c"].map((resource) => `hag66@example.test/${resource}`)
  const joined = await Promise.all(clients.map((full, i) => stage.muc.join(full, coven, `nick${i}`)))
  for (const { self, history, faces } of joined) {
    assert.match(brief(self), /^\+nick0 110/)
    assert.deepEqual([words(history), words(faces)], [["firstwitch: hail"], ["+firstwitch"]])
  }
})

test("§7.6: a new nick, in all clients; not one that somebody has", async () => {
  stage = await RoomStage.open((service, room) => service.rooms.person(room, "firstwitch"))
  const phone = "hag66@example.test/phone"
  await stage.muc.join(crone, coven, "crone")
  await stage.muc.join(hag, coven, "thirdwitch")
  await stage.muc.join(phone, coven, "thirdwitch")
  const since = stage.mark
  enter(hag, `${coven}/oldhag`, "ifd1c35", "")
  await stage.server.expect(`<presence from='${coven}/oldhag' to='${phone}'/>`)
  assert.deepEqual(await stage.told(crone, since), ["-thirdwitch 303", "+oldhag"])
  assert.deepEqual(await stage.told(hag, since), ["-thirdwitch 110 303", "+oldhag 110"])
  assert.deepEqual(await stage.told(phone, since), ["-thirdwitch 110 303", "+oldhag 110"])
  await stage.server.expect(
    `<presence type='unavailable' from='${coven}/thirdwitch'><x xmlns='http://jabber.org/protocol/muc#user'><item nick='oldhag' role='moderator'/></x></presence>`,
  )
  enter(hag, `${coven}/firstwitch`, "c1", "")
  assert.equal((await stage.refused("c1", "presence")).condition, "conflict")
  enter(hag, `${coven}/ oldhag`, "c2", "")
  await stage.server.expect((el) => brief(el) === "+oldhag 110 210" && el.attrs["to"] === hag)
})

test("§7.7: what a client shows of itself is passed on, but for what only a room may say", async () => {
  stage = await RoomStage.open()
  await stage.muc.join(crone, coven, "firstwitch")
  await stage.muc.join(wicca, coven, "secondwitch")
  enter(
    wicca,
    `${coven}/secondwitch`,
    "kr7v143h",
    `<show>xa</show><status>gone where the goblins go</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>
     <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/></x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='forged'/>`,
  )
  for (const to of [crone, wicca]) {
    const el = await stage.server.expect(
      `<presence from='${coven}/secondwitch' to='${to}'><show>xa</show><status>gone where the goblins go</status><c xmlns='http://jabber.org/protocol/caps' node='n'/></presence>`,
    )
    assert.equal(el.getChildren("x", "http://jabber.org/protocol/muc#user").length, 1)
    assert.deepEqual(
      el.getChildren("occupant-id").map(({ attrs }) => attrs["id"]),
      ["user-1-wiccarocks@other.test"],
    )
  }
  // Who comes later sees it as well.
  const { faces } = await stage.muc.join(hag, coven, "thirdwitch")
  assert.equal(faces.find((el) => brief(el) === "+secondwitch")?.getChildText("show"), "xa")
})

test("§7.2.17: a presence of who has not joined is answered by a kick", async () => {
  stage = await RoomStage.open()
  enter(hag, `${coven}/thirdwitch`, "ng91xs69", "")
  const el = await stage.server.expect(`<presence type='unavailable' from='${coven}/thirdwitch' to='${hag}'/>`)
  assert.equal(brief(el), "-thirdwitch 110 307 333")
})

test("§7.2.1: who joins again gets all again, and the others see no leave", async () => {
  stage = await RoomStage.open((service, room) => service.rooms.archived(room, service.rooms.person(room, "firstwitch"), "hail"))
  await stage.muc.join(crone, coven, "crone")
  await stage.muc.join(hag, coven, "hag")
  const since = stage.mark
  const { faces, history, self } = await stage.muc.join(hag, coven, "hag")
  assert.deepEqual([words(faces), words(history), brief(self)], [["+firstwitch", "+crone"], ["firstwitch: hail"], "+hag 110 170"])
  assert.deepEqual(await stage.told(crone, since), [])
  const again = stage.mark
  enter(hag, `${coven}/oldhag`, "r")
  await stage.server.expect((el) => el.attrs["to"] === hag && brief(el) === "subject ")
  assert.deepEqual(await stage.told(hag, again), [
    "-hag 110 303",
    "+oldhag 110",
    "+firstwitch",
    "+crone",
    "+oldhag 110 170",
    "firstwitch: hail",
    "subject ",
  ])
  assert.deepEqual(await stage.told(crone, since), ["-hag 303", "+oldhag"])
})

test("XEP-0410: a ping to one's own nick tells whether one is in", async () => {
  stage = await RoomStage.open((service, room) => service.rooms.person(room, "firstwitch"))
  await stage.muc.join(crone, coven, "crone")
  const ping = async (from: string, to: string): Promise<string> => {
    const answer = await stage.server.ask(`<iq type='get' from='${from}' to='${to}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    return answer.getChild("error")?.getChildElements()[0]?.getName() ?? answer.attrs["type"] ?? ""
  }
  assert.equal(await ping(hag, `${coven}/thirdwitch`), "not-acceptable")
  await stage.muc.join(hag, coven, "thirdwitch")
  assert.equal(await ping(hag, `${coven}/thirdwitch`), "result")
  assert.equal(await ping("hag66@example.test/other", `${coven}/thirdwitch`), "not-acceptable")
  assert.equal(await ping(hag, `${coven}/firstwitch`), "result")
  assert.equal(await ping(hag, `${coven}/crone`), "service-unavailable")
  assert.equal(await ping(hag, `${coven}/nobody`), "item-not-found")
  assert.equal(await ping(hag, coven), "result")
  assert.equal(await ping("mallory@example.test/x", coven), "registration-required")
})

test("who goes off-line leaves, also in the middle of joining", async () => {
  stage = await RoomStage.open()
  await stage.muc.join(crone, coven, "crone")
  stage.server.send(`<presence from='${hag}' to='${domain}'/>`)
  await stage.muc.join(hag, coven, "hag")
  const since = stage.mark
  stage.server.send(`<presence type='unavailable' from='${hag}' to='${domain}'/>`)
  await stage.called(`left 1 ${hag}`)
  assert.deepEqual(await stage.told(crone, since), ["-hag"])

  stage.server.send(`<presence from='${hag}' to='${domain}'/>`)
  stage.rooms.calls.length = 0
  enter(hag, `${coven}/hag`, "again")
  stage.server.send(`<presence type='unavailable' from='${hag}' to='${coven}/hag'/>`)
  await stage.called(`left 1 ${hag}`)
})

test("§11.2: the end of the service", async () => {
  stage = await RoomStage.open()
  await stage.muc.join(hag, coven, "hag")
  await stage.muc.join(crone, coven, "crone")
  const since = stage.mark
  await stage.stage.component.stop()
  const told = stage.server.received.slice(since).filter((el) => el.name === "presence" && el.attrs["from"]?.startsWith("#"))
  assert.deepEqual(words(told), ["-hag 110 332", "-crone 110 332"])
  assert.ok(stage.rooms.calls.includes(`left 1 ${hag}`))
})

test("after a crash: who had joined gets messages at once, a speaker's presence first; ghosts go", async () => {
  stage = await RoomStage.open((service, room) => {
    for (const [full, nick] of [
      [hag, "hag"],
      [crone, "crone"],
      [wicca, "wicca"],
    ] as const) {
      const user = full.split("/")[0] as never
      service.rooms.person(room, nick, { contact: null, user, id: `user-${nick}` })
      service.rooms.occupants.push({ room: room.id, full: full as FullJid, user, via: "coven", joinedAt: 1 })
    }
    service.rooms.person(room, "firstwitch")
  })
  // These answer for the clients: one is there, one says so of disco, one is gone.
  await stage.server
    .expect(`<iq type='get' to='${hag}' from='${coven}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    .then((el) => stage.server.reply(el))
  const pinged = await stage.server.expect(`<iq type='get' to='${crone}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  stage.server.error(pinged, "cancel", "service-unavailable")
  const asked = await stage.server.expect(`<iq type='get' to='${crone}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`)
  stage.server.reply(asked, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
  const witch = stage.rooms.people.find(({ nick }) => nick === "firstwitch")!
  stage.write(stage.rooms.archived(stage.room, witch, "hail"))
  stage.write(stage.rooms.archived(stage.room, witch, "again"))
  await stage.muc.heard(wicca, coven, "again")
  assert.deepEqual(await stage.told(hag), [" ping", "+firstwitch", "firstwitch: hail", "firstwitch: again"])
  const since = stage.mark
  const absent = await stage.server.expect(`<iq type='get' to='${wicca}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  stage.server.error(absent, "cancel", "service-unavailable")
  const never = await stage.server.expect(`<iq type='get' to='${wicca}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`)
  stage.server.error(never, "cancel", "service-unavailable")
  await stage.called(`left 1 ${wicca}`)
  assert.deepEqual(await stage.told(hag, since), ["-wicca 333"])
})

test("the stream breaks while one joins, and somebody goes: both are made up for on the next", async () => {
  stage = await RoomStage.open((service, room) => service.rooms.archived(room, service.rooms.person(room, "firstwitch"), "hail"))
  const witch = stage.rooms.people[0]!
  await stage.muc.join(crone, coven, "crone")
  let open = (): void => undefined
  const asked = new Promise<void>((resolve) => {
    stage.rooms.before = (call) => {
      if (call !== "archive 1") return Promise.resolve()
      resolve()
      return new Promise((go) => (open = go))
    }
  })
  enter(hag, `${coven}/hag`, "j")
  await asked
  stage.rooms.before = () => Promise.resolve()
  await stage.server.down()
  await stage.stage.called("streamDown")
  open()
  stage.changed({ k: "left", participant: witch, why: "left" })
  const since = stage.mark
  await stage.server.up()
  await stage.server.online()
  await stage.server.expect((el) => el.attrs["to"] === hag && brief(el) === "subject ")
  const seen = (await stage.told(crone, since)).filter((line) => line !== " ping")
  assert.deepEqual(seen, ["-firstwitch"])
  assert.deepEqual(
    (await stage.told(hag, since)).filter((line) => line !== " ping"),
    ["+crone", "+hag 110 170", "firstwitch: hail", "subject "],
  )
})

test("of a big group so many are shown; who speaks is, and the one not heard for longest goes without a reason", async () => {
  stage = await RoomStage.open((service, room) => {
    for (let i = 0; i < 300; i++) service.rooms.person(room, `w${i}`)
  })
  const { faces } = await stage.muc.join(hag, coven, "hag")
  assert.equal(faces.length, 200)
  const since = stage.mark
  const stranger = stage.rooms.people.find(({ nick }) => nick === "w250")!
  stage.changed({ k: "participant", participant: stranger, former: null, isNew: true })
  stage.write({ k: "said", id: "s1", pos: 1, by: voice(stranger), text: "hail", at: 1 })
  await stage.muc.heard(hag, coven, "hail")
  assert.deepEqual(await stage.told(hag, since), ["-w199", "+w250", "w250: hail"])
})
