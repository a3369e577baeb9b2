// The command line: what is understood, what is answered, and with which exit code.
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { COMMANDS, parseCommandLine, UsageError } from "#src/cli/args.js"
import { EXIT, EXIT_TEXTS } from "#src/cli/exit.js"
import { nodeAdvice, nodeFault } from "#src/cli/guard.js"
import { openStore } from "#src/store/index.js"
import { accountSeal, Sealer, sealedWith } from "#src/store/seal.js"
import { removeDir, root, tempDir } from "../support/paths.js"

let folder: string
before(() => (folder = tempDir("cli")))
after(() => removeDir(folder))

function xferry(args: string[], env: Record<string, string> = {}): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "dist/cli.js"), ...args], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, ...env },
  })
  return { status, out: stdout, err: stderr }
}

const config = (keys: string, top = ""): string =>
  `${top}secretKey: "${keys}"\nnetworks: {loop: {domain: loop.example.org, secret: component-secret, adapter: loopback}}\n`

describe("arguments", () => {
  const plain = { config: "./config.yaml", accounts: false }
  test("a command, and where the config is: option before variable before default", () => {
    assert.deepEqual(parseCommandLine(["run"], {}), { command: "run", ...plain })
    assert.deepEqual(parseCommandLine([], {}), { command: "help", ...plain })
    assert.deepEqual(parseCommandLine(["check", "--accounts"], { XFERRY_CONFIG: "/e" }), { command: "check", config: "/e", accounts: true })
    assert.deepEqual(parseCommandLine(["--config", "/o", "migrate"], { XFERRY_CONFIG: "/e" }), {
      command: "migrate",
      config: "/o",
      accounts: false,
    })
    assert.deepEqual(parseCommandLine(["rotate", "-c", "/o"], {}).config, "/o")
    assert.equal(parseCommandLine(["run", "--help"], {}).command, "help")
    assert.equal(parseCommandLine(["--version"], {}).command, "version")
  })

  for (const args of [
    ["ru"],
    ["run", "now"],
    ["run", "--confg", "x"],
    ["run", "--config"],
    ["run", "--config", ""],
    ["run", "--accounts"],
    ["constructor"],
  ]) {
    test(`refused: ${args.join(" ")}`, () => assert.throws(() => parseCommandLine(args, {}), UsageError))
  }
})

describe("guards", () => {
  test("a Node too old is named, and what to do", () => {
    assert.equal(nodeFault("20.19.0"), undefined)
    assert.equal(nodeFault("24.1.0"), undefined)
    assert.equal(nodeAdvice("22.23.3"), undefined)
    assert.match(nodeAdvice("24.1.0") ?? "", /prefer Node 22/)
    assert.match(nodeFault("20.18.3") ?? "", /^xferry needs Node 20\.19 or newer; this is 20\.18\.3\. Install/)
    assert.match(nodeFault("18.20.0") ?? "", /needs Node/)
  })

  test("the oldest Node is that of package.json", () => {
    const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } }
    assert.equal(nodeFault(`${engines.node.replace(">=", "")}.0`), undefined)
  })
})

describe("the program", () => {
  test("help names every command and every exit code", () => {
    const { status, out, err } = xferry(["help"])
    assert.deepEqual([status, err], [EXIT.ok, ""])
    for (const command of Object.keys(COMMANDS)) assert.match(out, new RegExp(`^  ${command} `, "m"))
    for (const [code] of EXIT_TEXTS) assert.match(out, new RegExp(`^  ${code} `, "m"))
    assert.deepEqual(
      EXIT_TEXTS.map(([code]) => code),
      Object.values(EXIT),
    )
  })

  test("docs/admin/operations.md lists the exit codes", () => {
    const page = readFileSync(join(root, "docs/admin/operations.md"), "utf8")
    for (const code of Object.values(EXIT)) assert.match(page, new RegExp(`^\\| ${code} \\|`, "m"))
  })

  test("version is that of package.json", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }
    assert.deepEqual(xferry(["version"]), { status: EXIT.ok, out: `${version}\n`, err: "" })
  })

  test("a command that is none", () => {
    assert.deepEqual(xferry(["chek"]), {
      status: EXIT.usage,
      out: "",
      err: "«chek» is not a command. Did you mean «check»? Type: xferry help\n",
    })
  })

  for (const command of ["run", "check", "migrate", "rotate"]) {
    test(`${command} with a wrong config tells all and exits 78`, () => {
      writeFileSync(join(folder, "config.yaml"), "secretKey: !env NOT_SET_ANYWHERE\nlgo: {}\n")
      assert.deepEqual(xferry([command]), {
        status: EXIT.config,
        out: "",
        err: [
          "./config.yaml:1:1 networks: is missing. Configure a network, see config.example.yaml.",
          "./config.yaml:1:12 secretKey: NOT_SET_ANYWHERE is not set. Export it or use !file.",
          "./config.yaml:2:1 lgo: There is no option of this name. Did you mean «log»?",
          "",
        ].join("\n"),
      })
    })
  }

  test("migrate makes the database, then finds nothing to do", () => {
    writeFileSync(join(folder, "config.yaml"), config("33".repeat(32)))
    const first = xferry(["migrate"])
    assert.deepEqual([first.status, first.err], [EXIT.ok, ""])
    assert.match(first.out, /gateway\.db was made, schema version \d+\.\n$/)
    assert.ok(existsSync(join(folder, "data/gateway.db")))
    assert.match(xferry(["migrate"]).out, /gateway\.db has schema version \d+; there is nothing to do\.\n$/)
  })

  test("a database that is none: a sentence and 69", () => {
    writeFileSync(join(folder, "junk"), "no database at all, ".repeat(500))
    writeFileSync(join(folder, "config.yaml"), config("33".repeat(32), "store: ./junk/sub\n"))
    const { status, err } = xferry(["migrate"])
    assert.equal(status, EXIT.unavailable)
    assert.match(err, /^The database .*junk\/sub cannot be opened: .*\n$/)
  })

  test("rotate seals everything with the first key; without the old key it changes nothing and exits 78", async () => {
    rmSync(join(folder, "data"), { recursive: true, force: true })
    const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const path = join(folder, "data/gateway.db")
    const where = accountSeal("loop", "4711")
    const seen = async (): Promise<Uint8Array[]> => {
      const store = await openStore({ path })
      const values = await store.sealedValues()
      await store.close()
      return values.map(({ sealed }) => sealed)
    }
    const store = await openStore({ path })
    await store.register({
      network: "loop",
      jid: "romeo@example.org" as never,
      legacyId: "4711",
      sealed: new Sealer([old]).seal("token", where),
      now: 1,
    })
    await store.close()

    writeFileSync(join(folder, "config.yaml"), config(fresh.toString("hex")))
    const refused = xferry(["rotate"])
    assert.equal(refused.status, EXIT.config)
    assert.match(refused.err, /was sealed with the key [0-9a-f]{8}, which is not among those given/)
    assert.equal(sealedWith((await seen())[0] ?? new Uint8Array()), new Sealer([old]).current)

    writeFileSync(join(folder, "config.yaml"), config(`${fresh.toString("hex")}\\n${old.toString("base64")}`))
    const done = xferry(["rotate"])
    assert.deepEqual([done.status, done.err], [EXIT.ok, ""])
    assert.match(done.out, /^1 of 1 sealed values were sealed again with the first line of secretKey\.\nThe other lines can be taken out/)
    const [sealed = new Uint8Array()] = await seen()
    assert.equal(new Sealer([fresh]).open(sealed, where), "token")
    assert.match(xferry(["rotate"]).out, /^0 of 1 /)
  })
})
