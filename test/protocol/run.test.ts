// `xferry run`: from the start to a signal, a fault, or the news that another one runs.
import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, test } from "node:test"
import { EXIT } from "#src/cli/exit.js"
import { Child } from "../support/child.js"
import { startComponentServer, type ComponentServer } from "../support/component-server.js"
import { within } from "../support/deadline.js"
import { logPath, removeDir, root, tempDir } from "../support/paths.js"
import { secret } from "../support/secrets.js"

const DOMAIN = "loop.example.test"
const SECRET = secret("component-secret-of-run")
const KEY = secret("44".repeat(32))

type Line = Record<string, unknown> & { level?: string; msg?: string }

/** One run of the program and its log. */
class Run {
  readonly lines: Line[] = []
  #look = (): void => undefined
  constructor(readonly child: Child) {}

  static async start(folder: string): Promise<Run> {
    const take: { run?: Run } = {}
    const child = await Child.start(process.execPath, [join(root, "dist/cli.js"), "run"], {
      logFile: logPath("run"),
      cwd: folder,
      line: (line) => take.run?.take(line),
    })
    return (take.run = new Run(child))
  }

  take(line: string): void {
    this.lines.push(JSON.parse(line) as Line)
    this.#look()
  }

  /** The first line that says this. */
  async says(text: RegExp): Promise<Line> {
    const found = new Promise<Line>((resolve) => {
      this.#look = () => {
        const line = this.lines.find(({ msg }) => text.test(msg ?? ""))
        if (line !== undefined) resolve(line)
      }
      this.#look()
    })
    return within(
      Promise.race([found, this.child.exited.then(() => Promise.reject(new Error(`it ended: ${JSON.stringify(this.lines)}`)))]),
      20_000,
      String(text),
    )
  }

  async ends(): Promise<number | NodeJS.Signals | null> {
    const { code, signal } = await within(this.child.exited, 20_000, "the end")
    return code ?? signal
  }
}

describe("xferry run", () => {
  let folder: string
  let server: ComponentServer
  let runs: Run[]
  beforeEach(async () => {
    folder = tempDir("run")
    server = await startComponentServer({ domain: DOMAIN, secret: SECRET })
    configure()
    runs = []
  })
  afterEach(async () => {
    for (const { child } of runs) await child.kill9()
    await server.close()
    removeDir(folder)
  })

  function configure({ level = "info", adapter = "loopback", days = 365, key = KEY, listen = "" } = {}): void {
    const network = { domain: DOMAIN, secret: SECRET, adapter, register: { allow: ["*"] } }
    const lines = {
      server: server.service,
      secretKey: key,
      log: { level, format: "json" },
      retention: { messageDays: days },
      ...(listen !== "" && { http: { listen, publicUrl: "https://pictures.example.test" } }),
      networks: { loop: network },
    }
    writeFileSync(join(folder, "config.yaml"), JSON.stringify(lines), { mode: 0o600 })
  }

  async function start(): Promise<Run> {
    const run = await Run.start(folder)
    runs.push(run)
    return run
  }

  test("says that it is ready, connects, and ends in order at SIGTERM", async () => {
    const run = await start()
    assert.deepEqual((await run.says(/^xferry is ready$/))["networks"], ["loop"])
    await server.online()
    await run.says(/connected/)
    run.child.signal("SIGTERM")
    assert.equal(await run.ends(), EXIT.ok)
    assert.equal(server.politeEnds, 1)
    assert.equal(run.lines.at(-1)?.msg, "xferry has stopped")
    const log = JSON.stringify(run.lines)
    assert.ok(!log.includes(SECRET) && !log.includes(KEY))
  })

  test("ends at once at the second signal", async () => {
    server.answerClose = false
    const run = await start()
    await run.says(/^xferry is ready$/)
    await server.online()
    run.child.signal("SIGINT")
    await run.says(/^xferry stops; a second signal ends it at once$/)
    run.child.signal("SIGTERM")
    assert.equal(await run.ends(), 143)
  })

  test("SIGHUP takes over the log level, names what needs a restart, and a wrong config changes nothing", async () => {
    const run = await start()
    await run.says(/^xferry is ready$/)
    configure({ level: "warn", days: 10 })
    run.child.signal("SIGHUP")
    assert.equal((await run.says(/^config read again; for a change of retention restart xferry$/))["logLevel"], "warn")
    writeFileSync(join(folder, "config.yaml"), "networks: 1\n", { mode: 0o600 })
    run.child.signal("SIGHUP")
    const wrong = await run.says(/^the config on disk is wrong; xferry goes on with the old one$/)
    assert.deepEqual((wrong["faults"] as string[]).at(0)?.slice(0, 34), "./config.yaml:1:1 secretKey: is mi")
    run.child.signal("SIGTERM")
    assert.equal(await run.ends(), EXIT.ok)
    // Level «info» is no longer logged.
    assert.ok(!run.lines.some(({ msg }) => /^xferry has stopped$/.test(msg ?? "")))
  })

  test("a key that does not open what users entrusted is refused at the start, and named by its id only", async () => {
    const first = await start()
    await server.online()
    const form =
      "<x xmlns='jabber:x:data' type='submit'><field var='name'><value>r</value></field><field var='password'><value>p</value></field></x>"
    const iq = `<iq type='set' from='romeo@example.test/x' to='${DOMAIN}' id='r'><query xmlns='jabber:iq:register'>${form}</query></iq>`
    assert.equal((await server.ask(iq)).attrs["type"], "result")
    first.child.signal("SIGTERM")
    assert.equal(await first.ends(), EXIT.ok)
    const other = secret("55".repeat(32))
    configure({ key: other })
    const second = await start()
    const line = await second.says(
      /^xferry cannot start: account:loop:r was sealed with the key [0-9a-f]{8}, which is not among those given/,
    )
    assert.ok(!JSON.stringify(line).includes(other))
    assert.equal(await second.ends(), EXIT.config)
    configure()
    const third = await start()
    await third.says(/^xferry is ready$/)
  })

  test("a second one on the same database is refused with a sentence, and the first goes on", async () => {
    const first = await start()
    await first.says(/^xferry is ready$/)
    await server.online()
    const second = await start()
    const line = await second.says(/^xferry cannot start: .* is in use by another xferry process/)
    assert.equal(line.level, "fatal")
    assert.equal(await second.ends(), EXIT.unavailable)
    assert.equal(server.connections, 1)
    first.child.signal("SIGTERM")
    assert.equal(await first.ends(), EXIT.ok)
  })

  test("an address that another program has is named, and no fault of its own", async () => {
    const { host, port } = new URL(`http://${server.service.replace(/^\w+:\/\//, "")}`)
    configure({ listen: host })
    const run = await start()
    const line = await run.says(/^xferry cannot start: http\.listen .* cannot be used: another program listens there\./)
    assert.ok(line.msg?.includes(port) && line["err"] === undefined)
    assert.equal(await run.ends(), EXIT.unavailable)
  })

  for (const [name, fault] of [
    ["a fault nobody catches", 'throw new Error("boom")'],
    ["a promise nobody catches", 'void Promise.reject(new Error("boom"))'],
  ] as const) {
    test(`${name} is logged with its stack and ends it with 70`, async () => {
      writeFileSync(
        join(folder, "adapter.mjs"),
        `export { default } from ${JSON.stringify(import.meta.resolve("xferry-adapter-loopback"))}\nprocess.once("SIGUSR2", () => { ${fault} })\n`,
      )
      configure({ adapter: "./adapter.mjs" })
      const run = await start()
      await run.says(/^xferry is ready$/)
      run.child.signal("SIGUSR2")
      assert.equal(await run.ends(), EXIT.software)
      const last = run.lines.at(-1)
      assert.equal(last?.level, "fatal")
      assert.match(JSON.stringify(last?.["err"]), /boom.*adapter\.mjs/)
    })
  }
})
