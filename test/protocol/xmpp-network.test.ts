// A gateway with the built-in network, as the administrator configures it: three lines, checked, and up.
import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, describe, it } from "node:test"
import { check } from "#src/check/index.js"
import { encode, decode } from "#src/core/address.js"
import { loadConfig, type Config } from "#src/config/index.js"
import { startGateway } from "#src/gateway.js"
import { startComponentServer, type ComponentServer } from "../support/component-server.js"
import { LogBook } from "../support/link-kit.js"
import { removeDir, tempDir } from "../support/paths.js"
import { secret } from "../support/secrets.js"

const domain = "bridge.example.test"
const password = secret("xmpp-network-component")

describe("the network xmpp in a configuration", () => {
  let folder: string
  let server: ComponentServer
  before(async () => {
    folder = tempDir("xmpp-network")
    server = await startComponentServer({ domain, secret: password })
  })
  after(async () => {
    await server.close()
    removeDir(folder)
  })

  async function configured(more = ""): Promise<Config> {
    const file = join(folder, "config.yaml")
    const network = `networks:\n  rooms:\n    domain: ${domain}\n    secret: "${password}"\n    adapter: xmpp\n${more}`
    writeFileSync(file, `server: ${server.service}\nstore: gateway.db\nsecretKey: "${"11".repeat(32)}"\n${network}`, { mode: 0o600 })
    return loadConfig(file)
  }

  it("has one account without a line of configuration, which nobody can register", async () => {
    const [network] = (await configured()).networks
    assert.ok(network)
    assert.deepEqual(
      network.accounts.map(({ name, rooms }) => [name, rooms]),
      [["main", {}]],
    )
    assert.deepEqual(network.register.allow, [])
    const { adapter, options } = network
    await assert.rejects(
      adapter.login(() => Promise.resolve({ key: "" }), options, AbortSignal.timeout(1000)),
      /Nobody registers/,
    )
    const [named] = (await configured(`    accounts: {club: {login: {}, rooms: {"*": [example.test]}}}\n`)).networks
    assert.deepEqual(
      named?.accounts.map(({ name, rooms }) => [name, rooms]),
      [["club", { "*": ["example.test"] }]],
    )
  })

  it("says what is wrong with its options", async () => {
    await assert.rejects(configured("    options: {occupants: -1}\n"), /networks\.rooms\.options\.occupants/)
  })

  it("is checked", async () => {
    const config = await configured()
    let text = ""
    const code = await check(config, { accounts: true, patienceMs: 5000, print: (line) => void (text += `${line}\n`) })
    assert.equal(code, 0, text)
    assert.match(text, /Account «main» of the configuration logs in, as gateway/)
  })

  it("comes up with the gateway, and answers for its occupants", async () => {
    const log = new LogBook()
    const gateway = await startGateway(await configured(), log)
    await server.online(domain)
    // Whoever has the port answers pings; before the account is up, nobody has it.
    for (;;) {
      const pong = await server.ask(
        `<iq type='get' from='juliet@example.test/x' to='~gateway@${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`,
      )
      if (pong.attrs["type"] === "result") break
    }
    await gateway.stop()
    assert.deepEqual(log.texts("error"), [])
  })

  it("shares its addresses with nobody", () => {
    const localpart = encode({ kind: "contact", id: "~gateway", tag: "" })
    assert.equal(localpart, "^(7e)gateway")
    assert.deepEqual(decode("^(7e)gateway"), { kind: "contact", id: "~gateway", tag: "" })
    assert.equal(decode("~gateway"), null)
  })
})
