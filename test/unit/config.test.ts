// The config file: defaults, tags, and every kind of fault with its exact place and sentence.
import assert from "node:assert/strict"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { after, describe, test } from "node:test"
import { ConfigError, loadConfig, isAllowed, type Config } from "#src/config/index.js"
import { redactor } from "#src/redact.js"

const folder = mkdtempSync(join(tmpdir(), "xferry-config-"))
after(() => rmSync(folder, { recursive: true, force: true }))

const KEY = Buffer.alloc(32, 7).toString("base64")
const env = { KEY, SECRET: "component-secret", EMPTY: "", DAYS: "30", NETWORK: "net-from-env" }

function written(name: string, text: string, mode = 0o600): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

function load(text: string, mode?: number): Promise<Config> {
  return loadConfig(written("config.yaml", text, mode), env)
}

/** The faults as printed, without the folder. */
async function faultsOf(text: string): Promise<string[]> {
  const error: unknown = await load(text).then(
    () => assert.fail("the config was accepted"),
    (error: unknown) => error,
  )
  assert.ok(error instanceof ConfigError, inspect(error))
  return error.message.replaceAll(`${folder}/`, "").split("\n")
}

/** A config with one network; `more` is added to it, `top` above. */
const one = (more = "", top = ""): string => `secretKey: !env KEY
${top}networks:
  loop:
    domain: loop.example.org
    secret: !env SECRET
    adapter: loopback
${more}`

describe("a config that is right", () => {
  test("has defaults for everything that is not said", async () => {
    const config = await load(one())
    assert.equal(config.store, join(folder, "data/gateway.db"))
    assert.deepEqual(config.log, { level: "info", format: "auto" })
    assert.deepEqual(config.retention, { messageDays: 365, archiveDays: 365, contactDays: 90 })
    assert.deepEqual(config.warnings, [])
    assert.deepEqual(
      config.secretKeys.map((key) => key.reveal().toString("base64")),
      [KEY],
    )
    const [network] = config.networks
    assert.ok(network)
    const { adapter, options: _, secret, ...rest } = network
    assert.equal(adapter.network.id, "loopback")
    assert.equal(secret.reveal(), "component-secret")
    assert.deepEqual(rest, {
      id: "loop",
      domain: "loop.example.org",
      server: { host: "localhost", port: 5347, secure: false, tls: undefined },
      adapterName: "loopback",
      admins: [],
      register: { allow: ["example.org"] },
      accounts: [],
      reactions: "both",
      limits: { messagesPerMinute: 1200, perConversation: 600, firstDay: 0, maxChars: 0 },
    })
  })

  test("accounts of nobody: their login is secret, their rooms are for whom they name", async () => {
    const text = one(`    accounts:
      club:
        login: { token: !env DAYS }
        rooms:
          -100123: [Romeo@example.org]
          "*": [example.net]
`)
    const [account] = (await load(text)).networks[0]?.accounts ?? []
    assert.equal(account?.name, "club")
    assert.equal(account.login["token"]?.reveal(), "30")
    assert.doesNotMatch(inspect(account), /30/)
    assert.deepEqual(account.rooms, { "-100123": ["romeo@example.org"], "*": ["example.net"] })
  })

  test("keeps the order of networks, and a network's own server and TLS win", async () => {
    const config = await load(`server: xmpps://[::1]:5348
tls: {servername: xmpp.example.org}
secretKey: !env KEY
networks:
  zeta: {domain: Zeta.Example.ORG, secret: !env SECRET, adapter: loopback, admins: [Me@Example.org], register: {allow: ["*", a@b.example, münchen.example]}}
  alpha: {domain: alpha.example.org, secret: !env SECRET, adapter: loopback, server: xmpp://10.0.0.1}
  loopback: {domain: beta.example.org, secret: !env SECRET, server: "xmpps://b:1", tls: {servername: c}}
`)
    assert.deepEqual(
      config.networks.map(({ id, domain, server, admins, register }) => ({ id, domain, server, admins, allow: register.allow })),
      [
        {
          id: "zeta",
          domain: "zeta.example.org",
          server: { host: "::1", port: 5348, secure: true, tls: { ca: undefined, servername: "xmpp.example.org" } },
          admins: ["me@example.org"],
          allow: ["*", "a@b.example", "münchen.example"],
        },
        {
          id: "alpha",
          domain: "alpha.example.org",
          server: { host: "10.0.0.1", port: 5347, secure: false, tls: undefined },
          admins: [],
          allow: ["example.org"],
        },
        {
          id: "loopback",
          domain: "beta.example.org",
          server: { host: "b", port: 1, secure: true, tls: { ca: undefined, servername: "c" } },
          admins: [],
          allow: ["example.org"],
        },
      ],
    )
  })

  test("takes !file relative to itself and drops one line break, and digits from !env as numbers", async () => {
    written("key", `${"ab".repeat(32)}\n# the old one\n${KEY}\n`)
    written("secret", "with space \r\n")
    const config = await load(
      one("", "retention: {messageDays: !env DAYS}\n").replace("!env KEY", "!file key").replace("!env SECRET", "!file ./secret"),
    )
    assert.equal(config.retention.messageDays, 30)
    assert.equal(config.networks[0]?.secret.reveal(), "with space ")
    assert.deepEqual(
      config.secretKeys.map((key) => key.reveal().toString("hex")),
      ["ab".repeat(32), "07".repeat(32)],
    )
  })

  test("never shows a secret", async () => {
    const config = await load(one())
    for (const shown of [
      inspect(config, { depth: 9 }),
      JSON.stringify(config),
      String(config.networks[0]?.secret),
      String(config.secretKeys),
    ]) {
      assert.ok(!shown.includes("component-secret") && !shown.includes(KEY) && !/"data":\[7/.test(shown), shown)
    }
  })

  test("makes its secrets known to the redactor: secret, key, and what a tag gives to an adapter", async () => {
    const config = await load(
      one("    options: {network: !env NETWORK}\n").replace("!env SECRET", "another-secret").replace("!env KEY", `"${KEY}"`),
    )
    assert.equal(config.networks[0]?.secret.reveal(), "another-secret")
    assert.equal(redactor.clean(`another-secret, ${KEY}, net-from-env`), "[redacted], [redacted], [redacted]")
  })

  test("warns of secrets that everybody may read, in the file or beside it", async () => {
    written("open", "component-secret\n", 0o644)
    const file = join(folder, "config.yaml")
    const literal = await load(one().replace("!env SECRET", "component-secret"), 0o644)
    assert.deepEqual(literal.warnings, [`${file} holds secrets and every user of this machine may read it. Type: chmod 600 ${file}`])
    assert.deepEqual((await load(one(), 0o644)).warnings, [])
    assert.deepEqual((await load(one().replace("!env SECRET", "!file open"))).warnings, [
      `Every user of this machine may read ${join(folder, "open")}. Type: chmod 600 ${join(folder, "open")}`,
    ])
  })
})

describe("a fault is told with line, column, option and remedy", () => {
  const cases: [string, string, string[]][] = [
    [
      "unset variable (the example of the design)",
      `# one\n# two\nsecretKey: !env KEY\nnetworks:\n  telegram: { domain: telegram.example.org, secret: !env TELEGRAM_SECRET, adapter: loopback }\n`,
      ["config.yaml:5:53 networks.telegram.secret: TELEGRAM_SECRET is not set. Export it or use !file."],
    ],
    ["empty variable", one("", "store: !env EMPTY\n"), ["config.yaml:2:8 store: EMPTY is set, but empty. Export it or use !file."]],
    ["tag without a name", one("", "store: !env\n"), ["config.yaml:2:8 store: !env needs the name of a variable."]],
    [
      "missing file",
      one().replace("!env SECRET", "!file nowhere"),
      [
        "config.yaml:5:13 networks.loop.secret: nowhere does not exist. Create it, or correct the path (relative paths start at the config file).",
      ],
    ],
    [
      "a folder for a file",
      one().replace("!env SECRET", "!file ."),
      [`config.yaml:5:13 networks.loop.secret: ${folder} is a folder. Name a file.`],
    ],
    [
      "unknown tag",
      one("    admins: [!emv ME]\n"),
      [
        "config.yaml:7:14 !emv is not known. There are !env NAME and !file PATH; a text that begins with «!» goes into quotes.",
        "config.yaml:7:14 networks.loop.admins.0: must be a bare JID, romeo@example.org.",
      ],
    ],
    [
      "tag on a list",
      one("", "store: !env [a]\n"),
      [
        "config.yaml:2:8 !env takes a single name, not a list or a section.",
        "config.yaml:2:8 store: must be the path of a file, ./data/gateway.db.",
      ],
    ],
    ["a name given twice", one("    adapter: loopback\n"), ["config.yaml:7:5 This name is given twice. Keep one."]],
    [
      "unknown name, with the nearest",
      one("    domian: x\n", "sotre: x\n"),
      [
        "config.yaml:2:1 sotre: There is no option of this name. Did you mean «store»?",
        "config.yaml:8:5 networks.loop.domian: There is no option of this name. Did you mean «domain»?",
      ],
    ],
    [
      "unknown name, nothing near",
      one("", "log: {zzzzzz: 1}\n"),
      ["config.yaml:2:7 log.zzzzzz: There is no option of this name here. There are: level, format."],
    ],
    [
      "nothing at all",
      "",
      [
        "config.yaml:1:1 secretKey: is missing. It must be 32 bytes in base64 or hex. Make one with: openssl rand -base64 32",
        "config.yaml:1:1 networks: is missing. Configure a network, see config.example.yaml.",
      ],
    ],
    [
      "no network",
      "secretKey: !env KEY\nnetworks: {}\n",
      ["config.yaml:2:11 networks: holds no network. Configure one, see config.example.yaml."],
    ],
    ["not a section", one("", "log: loud\n"), ["config.yaml:2:6 log: must be a section, lines of «name: value»."]],
    [
      "not among the choices",
      one("", "log:\n  level: loud\n"),
      ["config.yaml:3:10 log.level: must be one of fatal, error, warn, info, debug, trace, silent."],
    ],
    [
      "not a number of days",
      one("", "retention: {contactDays: 0}\n"),
      ["config.yaml:2:26 retention.contactDays: must be a whole number of days, at least 1."],
    ],
    [
      "no address to listen at",
      one("", "http: {listen: localhost, publicUrl: https://x.example.org}\n"),
      ["config.yaml:2:16 http.listen: This is not an address with a port. Write 127.0.0.1:8088, or [::1]:8088."],
    ],
    [
      "no public address",
      one("", "http: {}\n"),
      ["config.yaml:2:1 http.publicUrl: is missing. It must be an http or https URL without query, https://xferry.example.org."],
    ],
    [
      "a number for a text",
      one().replace("!env SECRET", "12345"),
      [
        "config.yaml:5:13 networks.loop.secret: must be the component's secret, as text; a number or yes/no given as text goes into quotes.",
      ],
    ],
    [
      "missing option",
      one().replace("    domain: loop.example.org\n", ""),
      ["config.yaml:3:3 networks.loop.domain: is missing. It must be a domain such as sms.example.org."],
    ],
    [
      "empty option",
      one().replace(" loop.example.org", ""),
      ["config.yaml:4:5 networks.loop.domain: is missing. It must be a domain such as sms.example.org."],
    ],
    [
      "not a domain",
      one().replace("loop.example.org", "me@example.org"),
      ["config.yaml:4:13 networks.loop.domain: must be a domain such as sms.example.org."],
    ],
    [
      "an address for a domain",
      one().replace("loop.example.org", "127.0.0.1"),
      ["config.yaml:4:13 networks.loop.domain: must be a domain such as sms.example.org."],
    ],
    [
      "not a JID",
      one("    admins: [me@example.org, example.org]\n"),
      ["config.yaml:7:30 networks.loop.admins.1: must be a bare JID, romeo@example.org."],
    ],
    [
      "not a pattern",
      one("    register:\n      allow:\n        - a b\n"),
      ["config.yaml:9:11 networks.loop.register.allow.0: must be «*», a domain, or a bare JID; «*» needs quotes."],
    ],
    [
      "an account whose rooms are for nobody that can be",
      one("    accounts:\n      club:\n        login: { token: 12345 }\n        rooms: { -100123: [a b] }\n"),
      [
        "config.yaml:9:25 networks.loop.accounts.club.login.token: must be text; a number or yes/no given as text goes into quotes.",
        "config.yaml:10:28 networks.loop.accounts.club.rooms.-100123.0: must be «*», a domain, or a bare JID; «*» needs quotes.",
      ],
    ],
    [
      "bad name of an account",
      one("    accounts:\n      Club!:\n        login: { token: abc }\n"),
      [
        "config.yaml:8:7 networks.loop.accounts.Club!: is not a name for an account. Use lower-case letters, digits and -, with a letter first, 16 at most.",
      ],
    ],
    [
      "bad name of a network",
      one().replace("  loop:", "  Loop:"),
      ["config.yaml:3:3 networks.Loop: is not a name for a network. Use lower-case letters, digits, - and _, with a letter first."],
    ],
    [
      "a key of digits alone, which YAML takes for a number",
      one().replace("!env KEY", "1".repeat(64)),
      [
        "config.yaml:1:12 secretKey: must be 32 bytes in base64 or hex; a number or yes/no given as text goes into quotes. Make one with: openssl rand -base64 32",
      ],
    ],
    [
      "key of a wrong length",
      one().replace("!env KEY", "c2hvcnQ="),
      [
        "config.yaml:1:12 secretKey: is not 32 bytes in base64 (44 characters) or hex (64 characters). Make one with: openssl rand -base64 32",
      ],
    ],
    [
      "PostgreSQL",
      one("", "store: postgres://localhost/x\n"),
      ["config.yaml:2:8 store: PostgreSQL is not there yet. Give the path of a file for SQLite, ./data/gateway.db."],
    ],
    [
      "no URL",
      one("", "server: localhost:5347\n"),
      ["config.yaml:2:9 server: This is not a URL. Write xmpp://host:port, or xmpps://host:port for TLS."],
    ],
    [
      "another scheme",
      one("", "server: tcp://localhost\n"),
      ["config.yaml:2:9 server: tcp:// is not a way to reach an XMPP server. Write xmpp://host:port, or xmpps://host:port for TLS."],
    ],
    [
      "a port too high",
      one("", "server: xmpp://localhost:99999\n"),
      ["config.yaml:2:9 server: Host or port is not valid. Write xmpp://host:port, or xmpps://host:port for TLS."],
    ],
    [
      "a secret in the URL",
      one("", "server: xmpp://me:hunter22@localhost\n"),
      [
        "config.yaml:2:9 server: User and password do not belong here; the secret goes into «secret». Write xmpp://host:port, or xmpps://host:port for TLS.",
      ],
    ],
    [
      "a path in the URL",
      one("", "server: xmpp://localhost:5347/x\n"),
      ["config.yaml:2:9 server: Nothing may follow the port. Write xmpp://host:port, or xmpps://host:port for TLS."],
    ],
    [
      "TLS that nothing uses",
      one("    tls: {servername: a.b}\n", "tls: {servername: a.b}\n"),
      [
        "config.yaml:2:1 tls: has no effect: the server's URL begins with xmpp://. Write xmpps://, or take this out.",
        "config.yaml:8:5 networks.loop.tls: has no effect: the server's URL begins with xmpp://. Write xmpps://, or take this out.",
      ],
    ],
    [
      "not a certificate",
      one("", "server: xmpps://a\ntls: {ca: abc}\n"),
      ["config.yaml:3:11 tls.ca: must be one or more certificates in PEM; use !file."],
    ],
    [
      "the same domain twice",
      one("  next: {domain: LOOP.example.org, secret: !env SECRET, adapter: loopback}\n"),
      ["config.yaml:7:18 networks.next.domain: networks.loop has this domain already. Every network needs one of its own."],
    ],
  ]
  for (const [name, text, expected] of cases) test(name, async () => assert.deepEqual(await faultsOf(text), expected))

  test("text that is not YAML", async () => {
    const [first = ""] = await faultsOf('secretKey: "open\n')
    assert.match(first, /^config\.yaml:\d+:\d+ This is not valid YAML: .+ Check indentation, quotes and colons\.$/)
  })

  test("all at once, in the order of the file", async () => {
    const text =
      "stor: x\nsecretKey: !env NOPE\nlog: {level: 1, format: 2}\nnetworks:\n  loop: {secret: !env NADA, adapter: loopback, admins: 1}\n"
    assert.deepEqual(
      (await faultsOf(text)).map((fault) => /^config\.yaml:(\S+ \S+):/.exec(fault)?.[1]),
      [
        "1:1 stor",
        "2:12 secretKey",
        "3:14 log.level",
        "3:25 log.format",
        "5:3 networks.loop.domain",
        "5:18 networks.loop.secret",
        "5:56 networks.loop.admins",
      ],
    )
  })

  test("an adapter that is not there", async () => {
    const [fault = ""] = await faultsOf(one().replace("loopback", "no-such-network"))
    assert.match(fault, /^config\.yaml:6:14 networks\.loop\.adapter: .*no-such-network/)
  })

  test("an option the adapter does not take", async () => {
    const [fault = "", ...more] = await faultsOf(one("    options:\n      nonsense: 1\n"))
    assert.deepEqual(more, [])
    assert.match(fault, /^config\.yaml:8:\d+ networks\.loop\.options/)
  })

  test("a config file that is not there", async () => {
    await assert.rejects(loadConfig(join(folder, "none.yaml"), env), {
      name: "ConfigError",
      message: `${folder}/none.yaml: There is no such file. Copy config.example.yaml to config.yaml and edit it, or name yours with --config FILE.`,
    })
  })
})

test("who may register: everybody, a domain but not what lies below it, one person", () => {
  assert.ok(isAllowed(["*"], "a@b"))
  assert.ok(isAllowed(["x", "example.org"], "a@example.org"))
  assert.ok(!isAllowed(["example.org"], "a@sub.example.org"))
  assert.ok(!isAllowed(["example.org"], "a@example.org.evil"))
  assert.ok(isAllowed(["a@example.org"], "a@example.org"))
  assert.ok(!isAllowed(["a@example.org"], "ba@example.org"))
  assert.ok(!isAllowed([], "a@example.org"))
})

describe("bridges", () => {
  const bridges = (text: string): string =>
    one("    accounts: {club: {login: {token: t}}, den: {login: {token: t}}}\n", `bridges:\n${text}`)
  const legs = "[{network: loop, account: club, room: g1}, {network: loop, account: den, room: g2}]"

  test("who may make them is who may register, unless it is said; what is as by default is nothing", async () => {
    assert.deepEqual((await load(one())).bridges, { allow: ["example.org"], fixed: [] })
    const { bridges: config } = await load(
      bridges(
        `  allow: [example.net]\n  fixed:\n    square:\n      joins: true\n      ignoreNames: ["*bot*"]\n      legs:\n        - {network: loop, account: club, room: g1, relay: single, password: !env SECRET}\n        - {network: loop, account: den, room: g2, way: both}\n`,
      ),
    )
    assert.deepEqual(config, {
      allow: ["example.net"],
      fixed: [
        {
          name: "square",
          legs: [
            { network: "loop", account: "club", room: "g1", password: env.SECRET, options: { relay: "single" } },
            { network: "loop", account: "den", room: "g2", options: {} },
          ],
          options: { joins: true, ignoreNames: ["*bot*"] },
        },
      ],
    })
  })

  test("every fault has its place", async () => {
    const fault = async (text: string): Promise<string> => (await faultsOf(bridges(text))).join("\n")
    const fixed = (more: string): string => `  fixed:\n    square:\n${more}`
    assert.match(
      await fault(fixed("      legs: [{network: loop, account: club, room: g1}]\n")),
      /^config\.yaml:5:\d+ bridges\.fixed\.square\.legs: must have two rooms/,
    )
    assert.match(
      await fault(fixed(`      legs: ${legs.replace("loop", "lop")}\n`)),
      /:5:24 bridges\.fixed\.square\.legs\.0\.network: There is no network «lop»\. Did you mean «loop»\?/,
    )
    assert.match(
      await fault(fixed(`      legs: ${legs.replace("club", "clib")}\n`)),
      /legs\.0\.account: networks\.loop has no account «clib»\. Did you mean «club»\?/,
    )
    assert.match(
      await fault(fixed(`      legs: ${legs.replace("account: club, ", "")}\n`)),
      /legs\.0\.network: has several accounts\. Name one: account: club\./,
    )
    assert.match(await fault(fixed(`      legs: ${legs.replace("g2", "G1")}\n`)), /legs\.1\.room: is in the bridge «square» already/)
    assert.match(
      await fault(fixed(`      legs: ${legs}\n      name: somebody\n`)),
      /:6:13 bridges\.fixed\.square\.name: cannot be taken: The name needs a \{name\}/,
    )
    assert.match(
      await fault(fixed(`      legs: ${legs}\n      ignoreTexts: [" "]\n`)),
      /ignoreTexts: cannot be taken: A pattern must not be empty/,
    )
    assert.match(
      await fault(fixed(`      legs: ${legs}\n      loud: true\n`)),
      /bridges\.fixed\.square\.loud: There is no option of this name/,
    )
  })
})
