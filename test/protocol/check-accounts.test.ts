// `xferry check --accounts`: each user's credential is tried, nothing the network says meanwhile is acknowledged, and nothing secret shown.
import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { after, before, test } from "node:test"
import { check } from "#src/check/index.js"
import { loadConfig } from "#src/config/index.js"
import type { BareJid } from "#src/core/model.js"
import { openStore } from "#src/store/index.js"
import { accountSeal, Sealer } from "#src/store/seal.js"
import { removeDir, root, tempDir } from "../support/paths.js"
import { freePorts } from "../support/ports.js"
import { secret } from "../support/secrets.js"

const TOKEN = secret("token-of-an-account-4711")
const KEY = Buffer.alloc(32, 6)

// Emits an event before it is connected: whoever acknowledged it here would lose it.
const ADAPTER = `import { AdapterError, defineAdapter } from ${JSON.stringify(pathToFileURL(join(root, "dist/index.js")).href)}
export const acknowledged = []
export default defineAdapter({
  api: 1, network: { id: "sms", name: "SMS", discoType: "sms" }, capabilities: { send: {} },
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  async login(ask) {
    const { token } = await ask({ title: "SMS", fields: [{ name: "token", label: "Token", secret: true }] })
    if (token !== "the-right-token") throw new AdapterError("denied", "The network knows no " + token + ".")
    return { id: "club-bot", secret: { token } }
  },
  async connect({ token, mood }, _options, host) {
    if (mood === "revoked") throw new AdapterError("logged-out", "The network knows no " + token + ".")
    if (mood === "away") throw new AdapterError("retry", "The network is away.")
    if (mood === "silent") return new Promise(() => {})
    void host.emit({ type: "contact", contact: { id: "1" } }).then(() => acknowledged.push(1))
    const ended = new Promise((resolve) => host.signal.addEventListener("abort", () => { acknowledged.push("ended"); resolve() }))
    return { self: { id: "me" }, ended, send: () => Promise.reject(new Error("not here")) }
  },
})
`

let folder: string
before(() => (folder = tempDir("check-accounts")))
after(() => removeDir(folder))

test("accounts of the configuration are tried by what it says now", async () => {
  writeFileSync(join(folder, "sms.mjs"), ADAPTER)
  const { port } = await freePorts("port")
  const file = join(folder, "club.yaml")
  const accounts = {
    right: { login: { token: "the-right-token" } },
    wrong: { login: { token: TOKEN } },
    none: { login: { number: "4711" } },
  }
  const network = { domain: "sms.example.test", secret: "component-secret", adapter: "./sms.mjs", accounts }
  const lines = { server: `xmpp://127.0.0.1:${port}`, store: "club.db", secretKey: KEY.toString("hex"), networks: { sms: network } }
  writeFileSync(file, JSON.stringify(lines), { mode: 0o600 })
  let text = ""
  const print = (line: string): void => void (text += `${line}\n`)
  assert.equal(await check(await loadConfig(file), { accounts: false, patienceMs: 100, print }), 1)
  assert.match(text, /✓ Account «right» of the configuration logs in, as club-bot\n/)
  assert.match(
    text,
    /✗ Account «wrong» of the configuration does not log in: The network knows no \S+\.\n\s+Mend networks\.sms\.accounts\.wrong\.login\./,
  )
  assert.match(text, /✗ Account «none» of the configuration does not log in: networks\.sms\.accounts\.none\.login\.token is missing: Token/)
  assert.ok(!text.includes(TOKEN), "a token was printed")
})

test("good, revoked, away, silent and sealed with another key", async () => {
  const adapter = join(folder, "sms.mjs")
  writeFileSync(adapter, ADAPTER)
  const { port } = await freePorts("port")
  const file = join(folder, "config.yaml")
  const network = { domain: "sms.example.test", secret: "component-secret", adapter: "./sms.mjs" }
  const lines = { server: `xmpp://127.0.0.1:${port}`, store: "gateway.db", secretKey: KEY.toString("hex"), networks: { sms: network } }
  writeFileSync(file, JSON.stringify(lines), { mode: 0o600 })
  const config = await loadConfig(file)

  const run = async (): Promise<string> => {
    let text = ""
    assert.equal(await check(config, { accounts: true, patienceMs: 100, print: (line) => void (text += `${line}\n`) }), 1)
    assert.ok(!text.includes(TOKEN), "a token was printed")
    return text
  }
  assert.match(await run(), /! There are no accounts to try: the database is not there yet, or not up to date/)

  const store = await openStore({ path: config.store })
  const register = (user: string, mood: string, key = KEY) => {
    const sealed = new Sealer([key]).seal(JSON.stringify({ token: TOKEN, mood }), accountSeal("sms", user))
    return store.register({ network: "sms", jid: `${user}@example.test` as BareJid, legacyId: user, sealed, now: 1 })
  }
  for (const mood of ["fine", "revoked", "away", "silent"]) await register(mood, mood)
  await register("locked", "fine", Buffer.alloc(32, 9))
  await store.close()

  const text = await run()
  assert.match(text, /✗ secretKey does not open what is in the database\. /)
  assert.match(text, /✓ Account fine of fine@example\.test logs in\n/)
  assert.match(
    text,
    /✗ Account revoked of revoked@example\.test: The network knows no \S+\.\n\s+revoked@example\.test has to register again/,
  )
  assert.match(text, /✗ Account away of away@example\.test does not log in: The network is away\.\n/)
  assert.match(text, /✗ Account silent of silent@example\.test does not log in: no answer in 0\.2 s\n/)
  assert.match(text, /✗ Account locked of locked@example\.test does not log in: account:sms:locked was sealed with the key/)
  const { acknowledged } = (await import(pathToFileURL(adapter).href)) as { acknowledged: unknown[] }
  assert.deepEqual(acknowledged, ["ended"])
})
