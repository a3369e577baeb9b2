// `xferry check` over direct TLS: a certificate that fits is ticked, one that does not is told with its remedy.
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { check } from "#src/check/index.js"
import { loadConfig } from "#src/config/index.js"
import { startComponentServer, type ComponentServer } from "../support/component-server.js"
import { removeDir, tempDir } from "../support/paths.js"
import { secret } from "../support/secrets.js"

const DOMAIN = "tg.example.test"
const SECRET = secret("component-secret-of-check-tls")
let folder: string
let server: ComponentServer
before(async () => {
  folder = tempDir("check-tls")
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
  execFileSync("openssl", [...args, "-subj", "/CN=x", "-addext", "subjectAltName=DNS:xmpp.example.test", "-keyout", key, "-out", cert], {
    stdio: "pipe",
  })
  server = await startComponentServer({
    domain: DOMAIN,
    secret: SECRET,
    tls: { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") },
  })
  server.refuse = "conflict" // far enough for what is tried here
})
after(async () => {
  await server.close()
  removeDir(folder)
})

async function checked(tls: string, service = server.service): Promise<{ code: number; text: string }> {
  const file = join(folder, "config.yaml")
  const network = `{loop: {domain: ${DOMAIN}, secret: ${SECRET}, adapter: loopback}}`
  writeFileSync(file, `server: ${service}\n${tls}secretKey: "${"55".repeat(32)}"\nnetworks: ${network}\n`, { mode: 0o600 })
  let text = ""
  const code = await check(await loadConfig(file), { accounts: false, print: (line) => void (text += `${line}\n`) })
  return { code, text }
}

test("our own CA and the name in the certificate", async () => {
  const { code, text } = await checked("tls: {ca: !file cert.pem, servername: xmpp.example.test}\n")
  assert.equal(code, 0, text)
  assert.match(text, /✓ localhost:\d+ takes connections, and its certificate is good\n/)
})

for (const [name, tls, reason] of [
  ["a certificate nobody vouches for", "", /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ["a certificate for another name", "tls: {ca: !file cert.pem}\n", /ERR_TLS_CERT_ALTNAME_INVALID/],
] as const) {
  test(name, async () => {
    const { code, text } = await checked(tls)
    assert.equal(code, 1)
    assert.match(text, /✗ localhost:\d+ does not speak TLS as it should: /)
    assert.match(text, reason)
    assert.match(text, /tls: \{ca: !file …\}, and its name with tls: \{servername: …\}/)
  })
}

test("a port that speaks TLS, addressed without", async () => {
  const { code, text } = await checked("", server.service.replace("xmpps:", "xmpp:"))
  assert.equal(code, 1)
  assert.match(text, /✗ localhost:\d+ hung up[^]*If this port speaks TLS: write xmpps:\/\/ instead of xmpp:\/\//)
})
