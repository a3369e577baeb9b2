// `xferry check` against a scripted server: every way a connection can be wrong, told with its remedy.
import assert from "node:assert/strict"
import { chmodSync, existsSync, writeFileSync } from "node:fs"
import { createServer, type AddressInfo, type Server, type Socket } from "node:net"
import { join } from "node:path"
import { after, before, beforeEach, afterEach, describe, test } from "node:test"
import { check } from "#src/check/index.js"
import { loadConfig } from "#src/config/index.js"
import { takeLock } from "#src/store/lock.js"
import { migrate } from "#src/store/migrate.js"
import { startComponentServer, type ComponentServer } from "../support/component-server.js"
import { removeDir, tempDir } from "../support/paths.js"
import { freePorts } from "../support/ports.js"
import { secret } from "../support/secrets.js"

const DOMAIN = "tg.example.test"
const SECRET = secret("component-secret-of-check")
const PRIVILEGES = `<message from='example.test' to='${DOMAIN}'><privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/><perm access='message' type='outgoing'/><perm access='presence' type='managed_entity'/></privilege></message>`

let folder: string
before(() => (folder = tempDir("check")))
after(() => removeDir(folder))

/** Runs check with a fresh config; resolves with the exit code and what was printed. */
async function checked(
  service: string,
  more: { secret?: string; patienceMs?: number; store?: string; accounts?: boolean; key?: string } = {},
): Promise<{ code: number; text: string }> {
  const file = join(folder, "config.yaml")
  const { store = "none/gateway.db", key = "11".repeat(32) } = more
  writeFileSync(
    file,
    `server: ${service}\nstore: ${store}\nsecretKey: "${key}"\nnetworks: {loop: {domain: ${DOMAIN}, secret: "${more.secret ?? SECRET}", adapter: loopback}}\n`,
  )
  chmodSync(file, 0o600)
  let text = ""
  const code = await check(await loadConfig(file), {
    accounts: more.accounts ?? false,
    patienceMs: more.patienceMs ?? 5000,
    print: (line) => void (text += `${line}\n`),
  })
  assert.ok(!text.includes(SECRET) && !text.includes(key), "a secret was printed")
  return { code, text }
}

describe("check, against a server that speaks", () => {
  let server: ComponentServer
  beforeEach(async () => (server = await startComponentServer({ domain: DOMAIN, secret: SECRET })))
  afterEach(() => server.close())

  /** Plays a server with these services; `slot`: payload of the answer to a slot request, undefined refuses it. */
  async function play({
    privileges = "",
    upload = true,
    slot = true,
  }: {
    privileges?: string
    upload?: boolean
    slot?: boolean
  }): Promise<void> {
    await server.online()
    if (privileges !== "") server.send(privileges)
    const items = await server.expect("<iq type='get' to='example.test'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>")
    server.reply(
      items,
      `<query xmlns='http://jabber.org/protocol/disco#items'><item jid='${DOMAIN}'/><item jid='up.example.test'/></query>`,
    )
    const host = await server.expect("<iq type='get' to='example.test'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
    server.reply(host, "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:ping'/></query>")
    const info = await server.expect("<iq type='get' to='up.example.test'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
    if (!upload) return server.error(info, "cancel", "service-unavailable")
    server.reply(info, "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:http:upload:0'/></query>")
    const request = await server.expect("<iq type='get' to='up.example.test'><request xmlns='urn:xmpp:http:upload:0'/></iq>")
    if (!slot) return server.error(request, "auth", "forbidden")
    server.reply(request, "<slot xmlns='urn:xmpp:http:upload:0'><put url='https://x/'/><get url='https://x/'/></slot>")
  }

  test("all is well: exit code 0, everything ticked, no database made", async () => {
    const [{ code, text }] = await Promise.all([checked(server.service), play({ privileges: PRIVILEGES })])
    assert.equal(code, 0, text)
    assert.doesNotMatch(text, /✗|!/)
    assert.match(text, /✓ The server lets tg\.example\.test in with this secret/)
    assert.match(text, /✓ Stanzas for tg\.example\.test come back to this connection/)
    assert.match(text, /✓ Privileges \(XEP-0356\): roster «both»/)
    assert.match(text, /✓ Upload service \(XEP-0363\): up\.example\.test/)
    assert.match(text, /✓ Database .*none\/gateway\.db will be made at the first start/)
    assert.match(text, /All is well\. Start it with: xferry run\n$/)
    assert.ok(!existsSync(join(folder, "none")))
    assert.equal(server.politeEnds, 1)
  })

  test("privileges as Prosody nests them, told late, are seen; a part of them is named", async () => {
    const nested = PRIVILEGES.replace(
      "</privilege>",
      "<perm access='iq'><namespace ns='a'><namespace ns='b'/></namespace></perm></privilege>",
    ).replace("type='both'", "type='get'")
    const [{ code, text }] = await Promise.all([checked(server.service), play({ privileges: nested })])
    assert.equal(code, 0)
    assert.match(text, /! The server does not grant: roster «both» \(XEP-0356\)\. Without them users must accept each contact\./)
  })

  test("a stranger's message that claims to grant privileges is not believed", async () => {
    const forged = PRIVILEGES.replace("from='example.test'", "from='mallory@example.test/x'")
    const [{ text }] = await Promise.all([checked(server.service), play({ privileges: forged })])
    assert.match(text, /! The server grants no privileges/)
  })

  test("no privileges, no upload: works, and says what to type on both servers", async () => {
    const [{ code, text }] = await Promise.all([checked(server.service), play({ upload: false })])
    assert.equal(code, 0)
    assert.match(text, /! The server grants no privileges \(XEP-0356\)/)
    assert.match(text, /privileged_entities = \{ \["tg\.example\.test"\] = \{ roster = "both" \} \}/)
    assert.match(text, /mod_privilege:\n\s+roster: \{both: gateway\}/)
    assert.match(text, /! example\.test offers no upload service/)
    assert.match(text, /Component "upload\.example\.test" "http_file_share"/)
  })

  test("an upload service that refuses us", async () => {
    const [{ code, text }] = await Promise.all([checked(server.service), play({ privileges: PRIVILEGES, slot: false })])
    assert.equal(code, 0)
    assert.match(text, /! The upload service up\.example\.test gives tg\.example\.test no place for files \(forbidden\)/)
    assert.match(text, /http_file_share_access = \{ "example\.test", "tg\.example\.test" \}/)
  })

  test("no server at the domain above, and stanzas that do not come back", async () => {
    server.onPing = () => undefined
    const play = async (): Promise<void> => {
      await server.online()
      server.error(await server.expect("<iq type='get' to='example.test'/>"), "cancel", "remote-server-not-found")
    }
    const [{ code, text }] = await Promise.all([checked(server.service, { patienceMs: 300 }), play()])
    assert.equal(code, 1)
    assert.match(text, /! No XMPP server answers at example\.test, the domain above tg\.example\.test/)
    assert.match(text, /✗ Stanzas for tg\.example\.test do not come back to this connection\.\n.*\n.*/)
    assert.match(text, /global_routes: false/)
    assert.match(text, /1 thing does not work\.\n$/)
  })

  test("a user who writes meanwhile is told that it did not arrive", async () => {
    const play = async (): Promise<void> => {
      await server.online()
      server.send(`<message from='romeo@example.test/x' to='7@${DOMAIN}' type='chat' id='m1'><body>hi</body></message>`)
      await server.expect(`<message type='error' id='m1' from='7@${DOMAIN}' to='romeo@example.test/x'><error type='wait'/></message>`)
      server.cut()
    }
    const [{ code, text }] = await Promise.all([checked(server.service), play()])
    assert.equal(code, 1)
    assert.match(text, /✗ 127\.0\.0\.1:\d+ hung up/)
  })

  test("the wrong secret", async () => {
    const { code, text } = await checked(server.service, { secret: "not-the-secret-at-all" })
    assert.equal(code, 1)
    assert.match(text, /✗ The server refuses the secret of tg\.example\.test\./)
    assert.match(text, /component_secret = "<networks\.loop\.secret>"/)
    assert.ok(!text.includes("not-the-secret-at-all"))
  })

  test("an unknown component", async () => {
    server.refuse = "host-unknown"
    const { code, text } = await checked(server.service)
    assert.equal(code, 1)
    assert.match(text, /✗ The server does not know a component tg\.example\.test\./)
    assert.match(text, /Component "tg\.example\.test" -- at the end of the file\n\s+component_secret/)
    assert.match(text, /hosts:\n\s+tg\.example\.test:\n\s+password: "<networks\.loop\.secret>"/)
  })

  test("already connected: fine", async () => {
    server.refuse = "conflict"
    const { code, text } = await checked(server.service)
    assert.equal(code, 0)
    assert.match(text, /! tg\.example\.test is connected already: another xferry runs, which is fine\./)
  })

  test("another stream error, and a server that says nothing", async () => {
    server.refuse = "policy-violation"
    assert.match((await checked(server.service)).text, /✗ The server ended the stream: policy-violation\./)
    server.refuse = "silent"
    const { code, text } = await checked(server.service, { patienceMs: 200 })
    assert.equal(code, 1)
    assert.match(text, /✗ 127\.0\.0\.1:\d+ does not take components \(XEP-0114\)/)
  })

  test("a gateway that runs is left alone", async () => {
    const store = join(folder, "running.db")
    migrate(store)
    const lock = takeLock(store)
    const { code, text } = await checked(server.service, { store })
    lock.close()
    assert.equal(code, 0)
    assert.match(text, /✓ Database .*running\.db, schema version \d+, in use by the running xferry/)
    assert.match(text, /! xferry is running, and a second connection would disturb it/)
    assert.equal(server.connections, 0)
  })
})

describe("check, where nobody speaks XMPP", () => {
  let other: Server
  let open: Set<Socket>
  let answer: (socket: Socket) => void
  beforeEach(async () => {
    open = new Set()
    other = createServer((socket) => {
      open.add(socket.on("error", () => undefined))
      answer(socket)
    })
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
  })
  afterEach(async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => other.close(resolve))
  })
  const at = (scheme: string): string => `${scheme}://127.0.0.1:${(other.address() as AddressInfo).port}`

  test("nothing listens: how to make both servers take components", async () => {
    const { port } = await freePorts("port")
    const { code, text } = await checked(`xmpp://127.0.0.1:${port}`)
    assert.equal(code, 1)
    assert.match(text, new RegExp(`✗ Nothing listens at 127\\.0\\.0\\.1:${port}\\.`))
    assert.match(text, new RegExp(`component_ports = \\{ ${port} \\}`))
    assert.match(text, new RegExp(`- port: ${port}\\n\\s+ip: "127\\.0\\.0\\.1"\\n\\s+module: ejabberd_service\\n\\s+global_routes: false`))
  })

  test("a server that hangs up, and one that speaks something else", async () => {
    answer = (socket) => socket.end()
    const closed = await checked(at("xmpp"))
    assert.equal(closed.code, 1)
    assert.match(closed.text, /hung up .*\n.*component port \(5347\)[^]*write xmpps:\/\//)
    answer = (socket) => socket.end("SSH-2.0-OpenSSH_9 <<<")
    assert.match((await checked(at("xmpp"))).text, /✗ 127\.0\.0\.1:\d+ hung up/)
  })

  test("TLS where there is none", async () => {
    answer = (socket) => socket.once("data", () => socket.end("<stream:stream"))
    const { code, text } = await checked(at("xmpps"))
    assert.equal(code, 1)
    assert.match(text, /✗ 127\.0\.0\.1:\d+ does not speak TLS as it should/)
    assert.match(text, /write xmpp:\/\/ instead of xmpps:\/\//)
  })
})

describe("check, the database", () => {
  test("one that is older, one from the future, one that is none", async () => {
    const { port } = await freePorts("port")
    const nobody = `xmpp://127.0.0.1:${port}`
    writeFileSync(join(folder, "empty.db"), "")
    assert.match(
      (await checked(nobody, { store: "empty.db" })).text,
      /! Database .*empty\.db has schema version 0; this xferry wants \d+\.\n.*xferry migrate/,
    )
    writeFileSync(join(folder, "junk.db"), "no database at all, ".repeat(500))
    const { code, text } = await checked(nobody, { store: "junk.db" })
    assert.equal(code, 1)
    assert.match(text, /✗ .*not a database/)
  })

  test("a place where none can be made", async () => {
    const { port } = await freePorts("port")
    const { code, text } = await checked(`xmpp://127.0.0.1:${port}`, { store: "config.yaml/sub/gateway.db" })
    assert.equal(code, 1)
    assert.match(text, /✗ Database .*gateway\.db cannot be made: .*config\.yaml is not a folder\./)
  })
})
