// Presence and roster: subscriptions, the matrix of probes, who is there, what a new stream begins with.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import type { Link, Subscription } from "#src/core/model.js"
import { domain, orchard, romeo, Stage } from "../support/component-kit.js"
import type { MemoryService } from "../support/memory-service.js"

let open: Stage | undefined
afterEach(async () => {
  const stage = open
  open = undefined
  await stage?.close()
})

async function stageWith(prepare: (service: MemoryService, link: Link) => void = () => undefined): Promise<{ stage: Stage; link: Link }> {
  const stage = (open = await Stage.open((service) => prepare(service, service.tie(romeo))))
  const link = stage.service.links[0] ?? assert.fail()
  // What every stream begins with.
  await stage.server.expect(`<presence type='probe' from='${domain}' to='${romeo}'/>`)
  await stage.server.expect(`<presence from='${domain}' to='${romeo}'/>`)
  return { stage, link }
}
const juliet = `5@${domain}`
const from = (type: string, to: string, who: string = romeo): string => `<presence type='${type}' from='${who}' to='${to}'/>`
const sub = (stage: Stage): Subscription | undefined => stage.service.rosters.get(1)?.[0]?.subscription

// ---- probes
const stranger = "mallory@example.test"
for (const [who, whom, up, answer] of [
  ["a user", domain, true, "available"],
  ["a user", domain, false, "unavailable"],
  ["a user", juliet, true, "available"],
  ["a user", juliet, false, "unavailable"],
  ["a user", `6@${domain}`, true, "unsubscribed"],
  ["a user", `5!work@${domain}`, true, "unsubscribed"],
  ["a user", `#room@${domain}`, true, "unsubscribed"],
  ["a stranger", domain, true, "unsubscribed"],
  ["a stranger", juliet, true, "unsubscribed"],
] as const) {
  test(`${who} probes ${whom} with the account ${up ? "up" : "down"}: ${answer}`, async () => {
    const { stage } = await stageWith((service, link) => service.know(link, "5", { name: "Juliet" }))
    await stage.server.expect(`<presence from='${juliet}' to='${romeo}'/>`)
    if (!up) stage.service.state = { up: false, text: "The token was revoked." }
    const asker = who === "a user" ? romeo : stranger
    stage.server.send(from("probe", whom, asker))
    const got = await stage.server.expect(`<presence from='${whom}' to='${asker}'/>`)
    assert.equal(got.attrs.type ?? "available", answer)
    if (answer === "unavailable") assert.equal(got.getChildText("status"), "The token was revoked.")
    if (answer === "available") {
      assert.ok(got.getChild("c", "http://jabber.org/protocol/caps"))
      assert.ok(got.getChild("x", "vcard-temp:x:update")?.getChild("photo"))
      assert.equal(got.getChildText("nick"), whom === domain ? "Sms" : "Juliet")
    }
  })
}

test("the full JID that probes gets the answer; a forgotten subscription is remembered", async () => {
  const { stage } = await stageWith((service, link) => service.know(link, "5", { subscription: "asked" }))
  stage.server.send(from("probe", juliet, orchard))
  await stage.server.expect(`<presence from='${juliet}' to='${orchard}'/>`)
  assert.equal(sub(stage), "to")
})

// ---- subscriptions
for (const [type, before, after, answers] of [
  ["subscribe", "none", "to", ["subscribed", "subscribe", "available"]],
  ["subscribe", "asked", "to", ["subscribed", "subscribe", "available"]],
  ["subscribe", "from", "both", ["subscribed", "available"]],
  ["subscribe", "both", "both", ["subscribed", "available"]],
  ["subscribed", "asked", "from", []],
  ["subscribed", "to", "both", []],
  ["unsubscribe", "both", "from", ["unavailable"]],
  ["unsubscribe", "to", "asked", ["unavailable"]],
  ["unsubscribed", "both", "to", []],
  ["unsubscribed", "from", "asked", []],
  ["unsubscribed", "asked", "asked", []],
] as const) {
  test(`${type} while ${before}: ${after}`, async () => {
    const { stage } = await stageWith()
    const link = stage.service.links[0] ?? assert.fail()
    stage.service.know(link, "5", { name: "Juliet", subscription: before })
    stage.server.send(from(type, juliet))
    for (const answer of answers) {
      const got = await stage.server.expect(`<presence from='${juliet}' to='${romeo}'/>`)
      assert.equal(got.attrs.type ?? "available", answer)
      if (answer === "subscribe") assert.equal(got.getChildText("nick"), "Juliet")
    }
    if (after !== before) await stage.called(`subscription 5 ${after}`)
    await stage.sync()
    assert.equal(sub(stage), after)
    stage.server.refute(`<presence from='${juliet}'/>`)
  })
}

test("who is not known yet is looked up; whom nobody knows is refused with a sentence", async () => {
  const { stage } = await stageWith()
  stage.service.strangers.set("9", { id: 9, legacyId: "9", name: "Nurse", username: null, kind: "person", profile: {} })
  stage.server.send(from("subscribe", `9@${domain}`))
  await stage.server.expect(`<presence type='subscribed' from='9@${domain}' to='${romeo}'/>`)
  await stage.server.expect(
    `<presence type='subscribe' from='9@${domain}'><nick xmlns='http://jabber.org/protocol/nick'>Nurse</nick></presence>`,
  )
  stage.server.send(from("subscribe", `8@${domain}`))
  await stage.server.expect(`<presence type='unsubscribed' from='8@${domain}'><status>Nobody on Sms is «8».</status></presence>`)
})

test("the gateway is subscribed to by its users; a stranger learns how to become one", async () => {
  const { stage } = await stageWith()
  stage.server.send(from("subscribe", domain))
  await stage.server.expect(`<presence type='subscribed' from='${domain}' to='${romeo}'/>`)
  await stage.server.expect(`<presence from='${domain}' to='${romeo}'><c xmlns='http://jabber.org/protocol/caps'/></presence>`)
  stage.server.send(from("subscribe", domain, stranger))
  await stage.server.expect(`<presence type='unsubscribed' from='${domain}' to='${stranger}'/>`)
  const hint = await stage.server.expect(`<message from='${domain}' to='${stranger}'/>`)
  assert.match(hint.getChildText("body") ?? "", /«register»/)
})

// ---- who is there
test("a resource that comes sees everybody once, and the core hears of it once", async () => {
  const { stage } = await stageWith((service, link) => {
    service.know(link, "5")
    service.know(link, "6", { subscription: "from" })
  })
  const shows = (): number => stage.server.received.filter(({ name, attrs }) => name === "presence" && attrs.to === orchard).length
  stage.server.send(`<presence from='${orchard}' to='${domain}'/>`)
  await stage.server.expect(`<presence from='${domain}' to='${orchard}'/>`)
  await stage.server.expect(`<presence from='${juliet}' to='${orchard}'/>`)
  stage.server.send(`<presence from='${orchard}' to='${juliet}'/>`)
  stage.server.send(`<presence from='${orchard}' to='${domain}'><show>away</show></presence>`)
  await stage.sync()
  assert.equal(shows(), 2)
  // Taken out of the roster, a contact is told that the resource left: it did not.
  stage.server.send(`<presence type='unavailable' from='${orchard}' to='${juliet}'/>`)
  await stage.sync()
  assert.deepEqual(
    stage.service.calls.filter((call) => call.startsWith("presence")),
    [`presence ${orchard} true`],
  )
  stage.server.send(`<presence type='unavailable' from='${orchard}' to='${domain}'/>`)
  await stage.called(`presence ${orchard} false`)
})

test("a stranger's presence is nobody's business", async () => {
  const { stage } = await stageWith()
  stage.server.send(`<presence from='${stranger}/x' to='${domain}'/>`)
  stage.server.send(`<presence from='${stranger}/x' to='${juliet}' type='unavailable'/>`)
  await stage.sync()
  assert.deepEqual(stage.service.calls, ["streamUp"])
  stage.server.refute(`<presence to='${stranger}/x'/>`)
})

test("who tries to join a room here is told that there is none", async () => {
  const { stage } = await stageWith()
  stage.server.send(`<presence from='${orchard}' to='#r@${domain}/nick'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
  await stage.server.expect(`<presence type='error' from='#r@${domain}/nick' to='${orchard}'><error><item-not-found/></error></presence>`)
})

test("a new stream begins with probes and everybody's presence, after a cut too", async () => {
  const { stage } = await stageWith((service, link) => service.know(link, "5"))
  await stage.server.expect(`<presence from='${juliet}' to='${romeo}'/>`)
  stage.server.cut()
  await stage.called("streamDown")
  await stage.server.online()
  await stage.server.expect(`<presence type='probe' from='${domain}' to='${romeo}'/>`)
  await stage.server.expect(`<presence from='${juliet}' to='${romeo}'/>`)
  assert.deepEqual(
    stage.service.calls.filter((call) => call.startsWith("stream")),
    ["streamUp", "streamDown", "streamUp"],
  )
})

test("an account that goes down takes its contacts with it", async () => {
  const { stage, link } = await stageWith((service, tied) => service.know(tied, "5"))
  stage.service.state = { up: false, text: "No network." }
  stage.component.face.linkChanged(link)
  for (const who of [domain, juliet])
    await stage.server.expect(`<presence type='unavailable' from='${who}' to='${romeo}'><status>No network.</status></presence>`)
})

test("at the end everybody leaves, then the stream ends politely", async () => {
  const { stage } = await stageWith((service, link) => service.know(link, "5"))
  stage.server.send(`<presence from='${orchard}' to='${domain}'/>`)
  await stage.called(`presence ${orchard} true`)
  await stage.component.stop()
  for (const who of [domain, juliet]) await stage.server.expect(`<presence type='unavailable' from='${who}' to='${romeo}'/>`)
  assert.equal(stage.server.politeEnds, 1)
})

// ---- the roster
test("without privileges a new contact asks for a subscription, once", async () => {
  const { stage, link } = await stageWith()
  const entry = stage.service.know(link, "5", { name: "Juliet", subscription: "none" })
  stage.component.face.contactChanged(link, entry)
  await stage.server.expect(
    `<presence type='subscribe' from='${juliet}' to='${romeo}'><nick xmlns='http://jabber.org/protocol/nick'>Juliet</nick></presence>`,
  )
  await stage.called("subscription 5 asked")
  stage.component.face.contactChanged(link, entry)
  await stage.sync()
  stage.server.refute(`<presence type='subscribe'/>`)
})

for (const ns of ["urn:xmpp:privilege:1", "urn:xmpp:privilege:2"]) {
  test(`with privileges (${ns}) it stands in the roster, in the network's group`, async () => {
    const { stage, link } = await stageWith()
    stage.grant(ns)
    stage.component.face.contactChanged(link, stage.service.know(link, "5", { name: "Juliet", subscription: "none" }))
    const set = await stage.server.expect(
      `<iq type='set' to='${romeo}'><query xmlns='jabber:iq:roster'><item jid='${juliet}' name='Juliet' subscription='both'><group>Sms</group></item></query></iq>`,
    )
    stage.server.reply(set)
    await stage.called("subscription 5 both")
    await stage.server.expect(`<presence from='${juliet}' to='${romeo}'/>`)
  })
}

test("a grant is found wherever it is nested, and counts for its own domain only", async () => {
  const { stage, link } = await stageWith()
  stage.server.send(
    `<message from='example.test' to='${domain}'><privilege xmlns='urn:xmpp:privilege:2'><perm access='iq'><namespace ns='x'><perm access='roster' type='both'/></namespace></perm></privilege></message>`,
  )
  stage.server.send(
    `<message from='mallory@example.org' to='${domain}'><privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/></privilege></message>`,
  )
  stage.component.face.contactChanged(link, stage.service.know(link, "5", { subscription: "none" }))
  stage.server.reply(await stage.server.expect(`<iq type='set' to='${romeo}'/>`))
  await stage.called("subscription 5 both")
  const other = stage.service.tie("juliet@example.org")
  stage.component.face.contactChanged(other, stage.service.know(other, "7", { subscription: "none" }))
  await stage.server.expect(`<presence type='subscribe' from='7@${domain}' to='juliet@example.org'/>`)
})

test("what was granted ends with the stream", async () => {
  const { stage, link } = await stageWith()
  stage.grant()
  await stage.sync()
  stage.server.cut()
  await stage.called("streamDown")
  await stage.server.online()
  await stage.sync()
  stage.component.face.contactChanged(link, stage.service.know(link, "5", { subscription: "none" }))
  await stage.server.expect(`<presence type='subscribe' from='${juliet}' to='${romeo}'/>`)
})

test("a server that grants the roster and then fails falls back to asking, and is not asked again", async () => {
  const { stage, link } = await stageWith()
  stage.grant()
  stage.component.face.contactChanged(link, stage.service.know(link, "5", { subscription: "none" }))
  stage.server.error(await stage.server.expect(`<iq type='set' to='${romeo}'/>`), "wait", "internal-server-error")
  await stage.server.expect(`<presence type='subscribe' from='${juliet}'/>`)
  stage.component.face.contactChanged(link, stage.service.know(link, "6", { subscription: "none" }))
  await stage.server.expect(`<presence type='subscribe' from='6@${domain}'/>`)
  stage.server.refute(`<iq type='set' to='${romeo}'/>`)
})

test("a renamed contact is renamed in the roster, unless the user named it", async () => {
  const { stage, link } = await stageWith()
  stage.grant()
  const entry = stage.service.know(link, "5", { name: "Juliet", subscription: "none" })
  stage.component.face.contactChanged(link, entry)
  stage.server.reply(await stage.server.expect(`<iq type='set'/>`))
  await stage.server.expect(`<presence from='${juliet}'/>`)
  const item = (name: string): string =>
    `<query xmlns='jabber:iq:roster'><item jid='${juliet}' name='${name}' subscription='both'><group>Loves</group></item></query>`
  entry.contact.name = "Juliet Montague"
  stage.component.face.contactChanged(link, entry)
  stage.server.reply(await stage.server.expect(`<iq type='get' to='${romeo}'/>`), item("Juliet"))
  stage.server.reply(
    await stage.server.expect(
      `<iq type='set'><query><item name='Juliet Montague' subscription='both'><group>Loves</group></item></query></iq>`,
    ),
  )
  await stage.server.expect(`<presence from='${juliet}'><nick>Juliet Montague</nick></presence>`)
  entry.contact.name = "Jule"
  stage.component.face.contactChanged(link, entry)
  stage.server.reply(await stage.server.expect(`<iq type='get' to='${romeo}'/>`), item("My sun"))
  await stage.server.expect(`<presence from='${juliet}'><nick>Jule</nick></presence>`)
  stage.server.refute("<iq type='set'/>")
})

test("new while the stream was down: offered when it is up", async () => {
  const { stage } = await stageWith((service, link) => service.know(link, "5", { subscription: "none" }))
  await stage.server.expect(`<presence type='subscribe' from='${juliet}' to='${romeo}'/>`)
})

test("who leaves takes the contacts out of the roster, by either way", async () => {
  const { stage, link } = await stageWith((service, tied) => service.know(tied, "5"))
  const [entry] = stage.service.rosters.get(link.id) ?? []
  assert.ok(entry)
  stage.service.links = []
  stage.component.face.linkRemoved(link, [entry])
  for (const who of [juliet, domain])
    for (const type of ["unavailable", "unsubscribe", "unsubscribed"]) await stage.server.expect(from(type, romeo, who))
  stage.grant()
  await stage.sync()
  stage.component.face.linkRemoved(link, [entry])
  for (const who of [juliet, domain])
    stage.server.reply(
      await stage.server.expect(`<iq type='set' to='${romeo}'><query><item jid='${who}' subscription='remove'/></query></iq>`),
    )
  await stage.sync()
  stage.server.refute("<presence type='unsubscribe'/>")
})

test("a roster push is confirmed", async () => {
  const { stage } = await stageWith()
  stage.grant()
  const answer = await stage.server.ask(
    `<iq type='set' from='${romeo}' to='${domain}'><query xmlns='jabber:iq:roster'><item jid='${juliet}' subscription='both'/></query></iq>`,
  )
  assert.equal(answer.attrs.type, "result")
})
