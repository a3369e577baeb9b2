// `xferry check`, as an admin types it, on real servers: what is right is ticked, what is wrong has its remedy.
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { startEjabberd } from "../support/ejabberd.js"
import { removeDir, root, tempDir } from "../support/paths.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"
import type { XmppServer } from "../support/server.js"

const SECRET = secret("component-secret-of-e2e-check")
const components = [
  { domain: "tg.example.test", secret: SECRET, privileged: true },
  { domain: "dc.example.test", secret: SECRET },
]

for (const [name, start] of [
  ["Prosody", startProsody],
  ["ejabberd", startEjabberd],
] as const) {
  describe(`xferry check on ${name}`, () => {
    let server: XmppServer
    let folder: string
    before(async () => {
      folder = tempDir("check")
      server = await start({ components, upload: true })
    })
    after(async () => {
      await server.stop()
      removeDir(folder)
    })

    function check(
      domain: string,
      { port = server.componentPort, secret = SECRET, allowPrivate = ["127.0.0.0/8"] } = {},
    ): { status: number | null; text: string } {
      const file = join(folder, "config.yaml")
      const network = { domain, secret: "SECRET", adapter: "loopback" }
      const lines = { server: `xmpp://127.0.0.1:${port}`, secretKey: "22".repeat(32), files: { allowPrivate }, networks: { loop: network } }
      writeFileSync(file, JSON.stringify(lines).replace('"SECRET"', "!env COMPONENT_SECRET"), { mode: 0o600 })
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "dist/cli.js"), "check", "--config", file], {
        encoding: "utf8",
        env: { ...process.env, COMPONENT_SECRET: secret },
      })
      assert.equal(stderr, "")
      assert.ok(!stdout.includes(secret) && !stdout.includes("22222222"), "a secret was printed")
      return { status, text: stdout }
    }

    test("all is well, three times in a row", () => {
      for (let i = 0; i < 3; i++) {
        const { status, text } = check("tg.example.test")
        assert.equal(status, 0, text)
        assert.doesNotMatch(text, /✗|!/)
        assert.match(text, /✓ Privileges \(XEP-0356\): roster «both»\n {2}✓ Upload service \(XEP-0363\): upload\.example\.test\n/)
      }
    })

    test("an upload service at a private address, from where users' files would not be fetched", () => {
      const { status, text } = check("tg.example.test", { allowPrivate: [] })
      assert.equal(status, 0, text)
      assert.match(text, /! From here 127\.0\.0\.1 has a private address/)
      assert.ok(text.includes(`allowPrivate: ["127.0.0.1:${server.httpPort}"]`))
    })

    test("no privileges", () => {
      const { status, text } = check("dc.example.test")
      assert.equal(status, 0, text)
      assert.match(text, /! The server grants no privileges \(XEP-0356\)/)
      assert.match(text, /privileged_entities = \{ \["dc\.example\.test"\]/)
    })

    test("the wrong secret", () => {
      const { status, text } = check("tg.example.test", { secret: "another-secret-altogether" })
      assert.equal(status, 1, text)
      assert.match(text, /✗ The server refuses the secret of tg\.example\.test/)
    })

    test("a component it does not know", () => {
      const { status, text } = check("unknown.example.test")
      assert.equal(status, 1, text)
      // ejabberd answers as to a wrong secret; the remedy says so.
      assert.match(
        text,
        name === "Prosody"
          ? /✗ The server does not know a component/
          : /ejabberd says the same when it does not know unknown\.example\.test at all/,
      )
      assert.match(text, /Component "unknown\.example\.test"/)
    })

    test("the port of clients", () => {
      const { status, text } = check("tg.example.test", { port: server.c2sPort })
      assert.equal(status, 1, text)
      assert.match(text, /✗ .* does not take components \(XEP-0114\)\.\n.*component port \(5347\), not the one of clients/)
    })
  })
}
