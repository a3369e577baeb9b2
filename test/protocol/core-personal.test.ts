// What users want, what is kept of them and its end, on a real store; and what foreign people can say to the gateway.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { domain, Play } from "../support/core-kit.js"

const romeo = "romeo@example.test"
const orchard = `${romeo}/orchard`
const chatstates = "http://jabber.org/protocol/chatstates"

let play: Play
before(async () => {
  play = await Play.open()
  await play.register(orchard.slice(0, -8), "romeo")
})
after(() => play.close())

/** Says a line to the gateway; resolves with the first answer that is new. */
async function tell(line: string, from = orchard, lang = ""): Promise<string> {
  const id = `${line} ${Math.random()}`
  play.server.send(
    `<message from='${from}' to='${domain}' type='chat' id='${id}'${lang && ` xml:lang='${lang}'`}><body>${line}</body><request xmlns='urn:xmpp:receipts'/></message>`,
  )
  await play.receipt(id)
  const answer = await play.server.expect(`<message from='${domain}' to='${from}' type='chat'><body/></message>`)
  return answer.getChildText("body") ?? ""
}

const composing = (): void =>
  play.server.send(`<message from='${orchard}' to='juliet@${domain}' type='chat'><composing xmlns='${chatstates}'/></message>`)

test("a language that was chosen is talked in whatever the client says, also after a restart", async () => {
  assert.match(await tell("preferences language zh"), /中文/)
  assert.match(await tell("status", orchard, "en"), /已连接/)
  await play.away(() => undefined)
  assert.match(await tell("status", orchard, "en"), /已连接/)
  assert.match(await tell("preferences language auto", orchard, "en"), /与我使用的语言相同/)
  assert.match(await tell("status", orchard, "en"), /connected/)
})

test("typing and what was read are told of who wants it", async () => {
  play.network.person({ id: "juliet", name: "Juliet" })
  await tell("add juliet")
  await tell("preferences typing no")
  await tell("preferences read no")
  composing()
  await play.sync()
  assert.equal(play.network.sent.list({ kind: "typing" }).length, 0)
  await tell("preferences typing yes")
  composing()
  await play.told("typing", 1)
})

test("preferences stay when the account is another", async () => {
  await tell("preferences language zh")
  await play.register(romeo, "romeo2")
  assert.match(await tell("status"), /已连接/)
  assert.deepEqual(play.rows("SELECT prefs FROM gateway_user"), [{ prefs: JSON.stringify({ language: "zh", read: false }) }])
  await tell("preferences language auto", orchard, "en")
  await tell("preferences read yes", orchard, "en")
})

test("an export has all that is kept, without credentials, and in parts where there is no place for files", async () => {
  play.network.person({ id: "juliet", name: "Juliet" })
  await tell("add juliet", orchard, "en")
  const id = play.say(orchard, "juliet", "Good morrow")
  await play.receipt(id)
  const told = tell("export", orchard, "en")
  // The server is asked where files can be put, and has no such place.
  for (const what of ["items", "info"]) {
    const asked = await play.server.expect(
      `<iq type='get' to='example.test'><query xmlns='http://jabber.org/protocol/disco#${what}'/></iq>`,
    )
    play.server.send(
      `<iq type='error' id='${asked.attrs["id"]}' from='example.test' to='${domain}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
    )
  }
  assert.match(await told, /no place for files here. Your data comes as messages, 1 in all/)
  const part = await play.server.expect(`<message from='${domain}' to='${romeo}' type='chat'><body/></message>`)
  const data = JSON.parse(part.getChildText("body") ?? "") as {
    user: string
    links: { account: string; contacts: { id: string }[]; messages: { with: string; stanza: string }[]; rooms: unknown[] }[]
  }
  assert.equal(data.user, romeo)
  const [link] = data.links
  assert.equal(link?.account, "romeo2")
  assert.deepEqual(
    link.contacts.map((one) => one.id),
    ["juliet"],
  )
  assert.deepEqual(
    link.messages.map((one) => [one.with, one.stanza]),
    [["juliet", id]],
  )
  assert.doesNotMatch(JSON.stringify(data), /sealed|password/)
})

test("delete-me leaves nothing", async () => {
  await tell("preferences whois yes", orchard, "en")
  assert.match(await tell("delete-me yes", orchard, "en"), /Everything was deleted: /)
  for (const table of ["gateway_user", "link", "roster", "ticket"])
    assert.deepEqual(play.rows(`SELECT count(*) AS count FROM ${table}`), [{ count: 0 }], table)
  assert.match(await tell("preferences", orchard, "en"), /Preferences/)
  await tell("cancel", orchard, "en")
  assert.match(await tell("delete-me yes", orchard, "en"), /Nothing is kept/)
})

test("who comes back is somebody new", async () => {
  await play.register(romeo, "romeo3")
  assert.match(await tell("preferences language en"), /\(whois\): no/)
})

test("foreign people: help in their language, unknown words, and no more than so many", async () => {
  const say = (name: string, lang?: string) =>
    play.network.desk.say({ account: "romeo3", from: "nurse", name, ...(lang !== undefined && { lang }) })
  assert.match((await say("help")).text, /gateway to XMPP[\s\S]*help: Lists what you can do here\.$/)
  assert.match((await say("HELP", "zh-hans")).text, /通往 XMPP 的网关[\s\S]*列出您在这里可以做的事。$/)
  assert.match((await say("dance")).text, /^There is no command «dance»\.\n/)
  assert.ok(play.network.desk.menu("romeo3").some(({ name }) => name === "help"))
  for (let i = 0; i < 17; i++) await say("help")
  assert.match((await say("help")).text, /^Too many commands\. Try again in \d+ seconds\.$/)
  const other = await play.network.desk.say({ account: "romeo3", from: "peter", name: "help" })
  assert.match(other.text, /gateway to XMPP/)
})

test("join: an invitation to a room that is open to the user, into another by its name there; a new room", async () => {
  const room = await play.room({ room: "g1", account: "romeo3", name: "Verona" })
  const invited = (jid: string): Promise<unknown> =>
    play.server.expect(`<message from='${jid}' to='${romeo}'><x xmlns='jabber:x:conference' jid='${jid}'/></message>`)
  await invited(room)
  await tell("preferences invitations no")
  assert.equal(await tell("join verona"), `You are invited to Verona. Its address is ${room}.`)
  await invited(room)
  play.network.rooms.make({ room: "g2", name: "Mantua", accounts: [] })
  assert.match(await tell("join g2"), /^You are invited to Mantua\. Its address is /)
  assert.match(await tell("join nowhere"), /no such room/i)
  assert.match(await tell("create Padua"), /^You are invited to Padua\./)
  await play.drained("romeo3")
  assert.match(await tell("rooms"), /Mantua: .*\nPadua: .*\nVerona: /)
  const before = play.server.received.filter((el) => el.getChild("x", "jabber:x:conference")).length
  await play.room({ room: "g3", account: "romeo3", name: "Venice" })
  await play.sync()
  assert.equal(
    play.server.received.filter((el) => el.getChild("x", "jabber:x:conference")).length,
    before,
    "who wants no invitations gets none",
  )
})
