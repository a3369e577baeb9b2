// Direct TLS: verified by CA and name, and a sentence for each way it can fail.
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, afterEach, test } from "node:test"
import type { LinkOptions } from "#src/xmpp/link.js"
import { type ComponentServer, startComponentServer } from "../support/component-server.js"
import { LinkUnderTest } from "../support/link-kit.js"

const folder = mkdtempSync(join(tmpdir(), "xferry-tls-"))
after(() => rmSync(folder, { recursive: true, force: true }))

function certificate(name: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", `/CN=${name}`]
  execFileSync("openssl", [...args, "-addext", `subjectAltName=DNS:${name}`, "-keyout", key, "-out", cert], { stdio: "pipe" })
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") }
}

const local = certificate("localhost")
const other = certificate("xmpp.example.test")

const done: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of done.splice(0).reverse()) await end()
})

async function serve(tls?: { key: string; cert: string }): Promise<ComponentServer> {
  const server = await startComponentServer({ domain: "tg.example.test", secret: "s1", ...(tls ? { tls } : {}) })
  done.push(() => server.close())
  return server
}

function linkTo(service: string, tls?: LinkOptions["tls"]): LinkUnderTest {
  const under = new LinkUnderTest({ service }, tls ? { tls } : {})
  done.push(() => under.link.stop())
  under.link.start()
  return under
}

test("a certificate of the given CA, for the host", async () => {
  const server = await serve(local)
  const under = linkTo(server.service, { ca: local.cert })
  await under.state(/^online/)
  server.send("<message from='r@example.test' to='tg.example.test' id='1'><body>漢</body></message>")
  assert.equal((await under.stanza("1")).getChildText("body"), "漢")
  await under.link.stop()
  assert.equal(server.politeEnds, 1)
})

test("a certificate for another name, accepted only when that name is given", async () => {
  const server = await serve(other)
  const refused = linkTo(server.service, { ca: other.cert })
  await refused.state(/^offline: The certificate of localhost:\d+ is for another name than localhost: .*tls\.servername/)
  const accepted = linkTo(server.service, { ca: Buffer.from(other.cert), servername: "xmpp.example.test" })
  await accepted.state(/^online/)
  assert.equal(server.handshakes, 1)
})

test("a certificate nobody vouches for never sees the secret", async () => {
  const server = await serve(local)
  const under = linkTo(server.service)
  await under.state(/^offline: The certificate of localhost:\d+ is not signed by anybody trusted: .*tls\.ca/)
  assert.equal(server.handshakes, 0)
})

test("TLS to a plain port, and plain to a TLS port", async () => {
  const plain = await serve()
  await linkTo(plain.service.replace("xmpp://127.0.0.1", "xmpps://localhost"), { ca: local.cert }).state(
    /^offline: localhost:\d+ does not speak TLS/,
  )
  const secure = await serve(local)
  await linkTo(secure.service.replace("xmpps://localhost", "xmpp://127.0.0.1")).state(/^offline/)
  plain.violations.length = 0
})

test("a CA that is no certificate is a sentence, not a crash", async () => {
  const server = await serve(local)
  await linkTo(server.service, { ca: "rubbish" }).state(/^offline/)
})
