// Answers from who was not asked, through the whole gateway: no contact list, no acknowledgement and no message depends on them.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { startFakeBotApi, type Bot, type FakeBotApi } from "../fakes/telegram/index.js"
import { startComponentServer, type ComponentServer } from "../support/component-server.js"
import { GatewayProcess } from "../support/gateway-process.js"
import { secret } from "../support/secrets.js"
import { domain, registration } from "../support/world.js"

const romeo = "romeo@example.test"
const shared = secret("component-secret-of-spoofed-replies")
const liars = [
  "mallory@evil.test",
  "evil.test",
  `1001@${domain}`,
  domain,
  "juliet@example.test",
  `${romeo}/orchard`,
  "example.test.evil.test",
]

let server: ComponentServer
let api: FakeBotApi
let bot: Bot
let gateway: GatewayProcess

before(async () => {
  server = await startComponentServer({ domain, secret: shared })
  api = await startFakeBotApi()
  bot = api.addBot({ token: secret("4711:AAF-the-token-of-spoofed-replies-test"), username: "romeos_bot" })
  gateway = await GatewayProcess.start({
    server: { componentPort: server.port },
    networks: { telegram: { domain, secret: shared, options: { apiRoot: api.url } } },
  })
  await server.online()
  const perm = "<perm access='roster' type='both'/>"
  server.send(`<message from='example.test' to='${domain}'><privilege xmlns='urn:xmpp:privilege:2'>${perm}</privilege></message>`)
})
after(async () => {
  await gateway.remove()
  await server.close()
  await api.stop()
})

function spoof(id: string, but: string): void {
  for (const from of liars.filter((liar) => liar !== but)) {
    server.send(`<iq type='result' id='${id}' from='${from}' to='${domain}'><query xmlns='jabber:iq:roster'/></iq>`)
    const forbidden = "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    server.send(`<iq type='error' id='${id}' from='${from}' to='${domain}'>${forbidden}</iq>`)
  }
}

const sync = () => server.ask(`<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)

test("an answer about the user's contact list counts from the user's server alone", async () => {
  const asked = server.ask(`<iq type='set' from='${romeo}/orchard' to='${domain}'>${registration(bot.token)}</iq>`)
  assert.equal((await asked).attrs["type"], "result")
  const put = await server.expect(`<iq type='set' to='${romeo}'><query xmlns='jabber:iq:roster'><item jid='${domain}'/></query></iq>`)
  server.reply(put)
  server.send(`<presence from='${romeo}/orchard' to='${domain}'/>`)
  await api.waitFor(() => bot.polling)
  api.say(bot, api.person({ id: 1001, first_name: "Ann" }), "hello")
  const item = await server.expect(`<iq type='set' to='${romeo}'><query xmlns='jabber:iq:roster'><item jid='1001@${domain}'/></query></iq>`)
  spoof(item.attrs["id"] ?? "", romeo)
  await sync()
  // Neither believed to be done, nor given up for a request of its own.
  server.refute(`<presence from='1001@${domain}'/>`)
  server.reply(item)
  await server.expect(`<presence from='1001@${domain}' to='${romeo}'/>`)
  await server.expect(`<message from='1001@${domain}' to='${romeo}'><body>hello</body></message>`)
})

test("a message counts as delivered when the user's own domain says so: others' word loses nothing", async () => {
  server.answerPings = false
  api.say(bot, api.person({ id: 1001 }), "to be kept")
  const first = await server.expect(`<message to='${romeo}'><body>to be kept</body></message>`)
  const fence = await server.expect("<iq type='get' to='example.test'><ping xmlns='urn:xmpp:ping'/></iq>")
  spoof(fence.attrs["id"] ?? "", "example.test")
  await sync()
  server.answerPings = true
  server.cut()
  const again = await server.expect(`<message to='${romeo}'><body>to be kept</body></message>`)
  assert.equal(again.attrs["id"], first.attrs["id"])
})
