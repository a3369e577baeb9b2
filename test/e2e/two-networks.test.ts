// Two networks in one process: two domains, two secrets, one user of both, and neither knows of the other.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { Driver, listen, Network } from "xferry-adapter-loopback"
import { TestClient } from "../support/client.js"
import { GatewayProcess } from "../support/gateway-process.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"

const names = ["one", "two"] as const
const domainOf = (name: string): string => `${name}.example.test`

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test("a user of two networks talks on both, also after the process was killed", async () => {
  const secrets = { one: secret("secret-of-network-one"), two: secret("secret-of-network-two") }
  const server = await startProsody({
    components: names.map((name) => ({ domain: domainOf(name), secret: secrets[name], privileged: true })),
    users: { romeo: "secret of romeo" },
  })
  ends.push(() => server.stop())
  const drivers = new Map<string, Driver>()
  const networks: Record<string, { domain: string; secret: string; adapter: string; options: { connect: string } }> = {}
  for (const name of names) {
    const network = await listen(new Network(), "127.0.0.1:0")
    ends.push(() => network.close())
    const driver = await Driver.connect(network.address)
    ends.push(() => Promise.resolve(driver.close()))
    drivers.set(name, driver)
    // The same person on both: two contacts.
    await driver.ask({ op: "person", id: "juliet", name: `Juliet ${name}` })
    networks[name] = { domain: domainOf(name), secret: secrets[name], adapter: "loopback", options: { connect: network.address } }
  }
  const gateway = await GatewayProcess.start({ server, networks })
  ends.push(() => gateway.remove())
  const romeo = await TestClient.connect({ server, user: "romeo", password: "secret of romeo", acceptSubscriptions: true })
  ends.push(() => romeo.disconnect())

  for (const name of names) {
    await romeo.reachable(domainOf(name))
    const form = `<x xmlns='jabber:x:data' type='submit'><field var='name'><value>romeo-${name}</value></field><field var='password'><value>balcony</value></field></x>`
    const answer = await romeo.iq("set", domainOf(name), `<query xmlns='jabber:iq:register'>${form}</query>`)
    assert.equal(answer.attrs["type"], "result", answer.toString())
  }
  const talk = async (round: string): Promise<void> => {
    for (const name of names) {
      const driver = drivers.get(name)
      assert.ok(driver)
      const text = `${round} from ${name}`
      const heard = romeo.waitFor((el) => el.name === "message" && el.getChildText("body") === text, { what: text })
      await driver.ask({ op: "say", account: `romeo-${name}`, from: "juliet", text })
      assert.equal((await heard).attrs["from"], `juliet@${domainOf(name)}`)
      const answer = `${round} to ${name}`
      const told = driver.ask<{ account: string; text: string }[]>({ op: "wait", account: `romeo-${name}`, kind: "send", text: answer })
      await romeo.send(
        `<message to='juliet@${domainOf(name)}' type='chat' id='${round}-${name}-0123456789'><body>${answer}</body></message>`,
      )
      assert.deepEqual(
        (await told).map(({ account }) => account),
        [`romeo-${name}`],
      )
    }
  }
  await talk("first")
  await gateway.kill9()
  await gateway.start()
  for (const name of names) await romeo.reachable(domainOf(name))
  await talk("second")
})
