// The house rules hold for every file, and each check can fail: a bad sample shows it.
import assert from "node:assert/strict"
import { execFile, spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, test } from "node:test"
import { promisify } from "node:util"
import { ESLint } from "eslint"
import { fence, firstLine, importsOf, sizes, type SourceFile } from "../house/rules.js"
import { count, type Outcome } from "../support/events.js"
import { searchLeaks } from "../support/leaks.js"
import { root, tempDir } from "../support/paths.js"
import { secret } from "../support/secrets.js"

const run = promisify(execFile)
const bin = (name: string) => join(root, "node_modules", ".bin", name)

function sources(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !/(^|\/)(dist|node_modules)\//.test(name))
      .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), "utf8") })),
  )
}

/** The output of a checking tool: empty if all is well. */
async function complaints(tool: string, ...args: string[]): Promise<string> {
  try {
    await run(bin(tool), args, { cwd: root, maxBuffer: 1 << 26 })
    return ""
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string }
    return `${stdout}${stderr}` || message
  }
}

/** Fails with the whole text, once. */
function none(text: string): void {
  if (text !== "") throw new Error(`\n${text}`)
}

describe("import fence", () => {
  test("holds", () => {
    const all = sources("src", "adapters")
    assert.ok(all.length > 20)
    assert.deepEqual(all.flatMap(fence), [])
  })

  const bad: [string, string, string][] = [
    ["a core that knows xmpp.js", "src/core/a.ts", 'import xml from "@xmpp/xml"'],
    ["a core that knows the XMPP side", "src/core/a.ts", 'import type { Link } from "../xmpp/types.js"'],
    ["a core with a driver", "src/core/a.ts", 'const { default: Db } = await import("better-sqlite3")'],
    ["a core that reaches into the store", "src/core/a.ts", 'import { openStore } from "../store/index.js"'],
    ["a core with an adapter", "src/core/a.ts", 'export * from "xferry-adapter-loopback"'],
    ["a source that reaches into adapters", "src/cli.ts", 'import x from "../adapters/loopback/index.js"'],
    ["a network's name in a comment", "src/xmpp/a.ts", "// as Telegram does it"],
    ["a network's name in a word", "src/core/a.ts", "const isDiscordId = 1"],
    ["an adapter that speaks XMPP", "adapters/a/index.ts", 'import { xml } from "@xmpp/client"'],
    ["an adapter that reaches into the gateway", "adapters/a/index.ts", 'import { x } from "../../src/core/plan.js"'],
    ["an adapter that reaches into another", "adapters/a/text/x.ts", 'import { x } from "../../b/x.js"'],
    ["an adapter that takes a part of the package", "adapters/a/index.ts", 'import { x } from "xferry/conformance"'],
  ]
  for (const [what, path, text] of bad) {
    test(`stops ${what}`, () => assert.equal(fence({ path, text }).length, 1))
  }

  test("lets the rest pass", () => {
    assert.deepEqual(importsOf('import a from "x"\nexport type { B } from \'y\'\nawait import("z")\nimport "w"'), ["x", "y", "z", "w"])
    assert.deepEqual(
      fence({ path: "src/core/a.ts", text: 'import type { Store } from "./store.js"\nimport type { Ask } from "../adapter/contract.js"' }),
      [],
    )
    assert.deepEqual(fence({ path: "adapters/a/index.ts", text: 'import { defineAdapter } from "xferry"\nimport x from "./x.js"' }), [])
    assert.deepEqual(fence({ path: "adapters/a/text/parse.ts", text: 'import x from "../places.js"' }), [])
  })
})

describe("size budget", () => {
  const file = (path: string, lines: number): SourceFile => ({ path, text: "x\n".repeat(lines) })

  test("holds", () => assert.deepEqual(sizes(sources("src", "adapters")), []))
  test("stops a long file", () => assert.equal(sizes([file("src/a.ts", 401), file("src/b.ts", 10), file("src/c.ts", 10)]).length, 1))
  test("stops a long contract", () =>
    assert.equal(sizes([file("src/adapter/contract.ts", 201), file("src/b.ts", 1), file("src/c.ts", 1)]).length, 1))
  test("stops a long median", () => assert.equal(sizes([file("src/a.ts", 121), file("src/b.ts", 121), file("src/c.ts", 1)]).length, 1))
  test("lets the rest pass", () => assert.deepEqual(sizes([file("src/a.ts", 400), file("src/b.ts", 120), file("src/c.ts", 120)]), []))
})

describe("first lines", () => {
  test("say what each file is for", () => assert.deepEqual(sources("src", "adapters", "test").flatMap(firstLine), []))
  test("are missed where they are missing", () => {
    assert.equal(firstLine({ path: "a.ts", text: 'import x from "x"\n' }).length, 1)
    assert.equal(firstLine({ path: "a.ts", text: "\n// late\n" }).length, 1)
    assert.deepEqual(firstLine({ path: "a.ts", text: "#!/usr/bin/env node\n// The command.\n" }), [])
  })
})

describe("lint", () => {
  // No file changes meanwhile: else it looks for changes at each file.
  process.env["TSESTREE_SINGLE_RUN"] = "true"
  const config = join(root, "test", "house", "eslint.config.js")

  test("finds nothing", async () => {
    const eslint = new ESLint({ cwd: root, overrideConfigFile: config })
    const results = await eslint.lintFiles(["."])
    assert.ok(results.length > 700, `${results.length} files`)
    none(await (await eslint.loadFormatter("stylish")).format(results))
  })

  test("finds a floating promise and a value imported for its type", async () => {
    const cwd = tempDir("lint")
    const bad = '// A sample.\nimport { Socket } from "node:net"\nexport async function f(s: Socket) {\n  Promise.resolve(s)\n}\n'
    writeFileSync(join(cwd, "bad.ts"), bad)
    const compilerOptions = { composite: false, noEmit: true, typeRoots: [join(root, "node_modules", "@types")] }
    writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, files: ["bad.ts"] }))
    const here = { files: ["*.ts"], languageOptions: { parserOptions: { project: "tsconfig.json", tsconfigRootDir: cwd } } }
    const [result] = await new ESLint({ cwd, overrideConfigFile: config, overrideConfig: here }).lintFiles(["bad.ts"])
    const rules = result?.messages.map((message) => message.ruleId) ?? []
    assert.deepEqual(rules.sort(), ["@typescript-eslint/consistent-type-imports", "@typescript-eslint/no-floating-promises"])
  })
})

describe("format", () => {
  test("is prettier's", async () => none(await complaints("prettier", "--check", "--log-level=warn", ".")))

  test("is missed where it is not", () => {
    const sample = join(tempDir("format"), "bad.ts")
    writeFileSync(sample, "const a = 'b';\n")
    assert.notEqual(spawnSync(bin("prettier"), ["--config", join(root, ".prettierrc.json"), "--check", sample]).status, 0)
  })
})

describe("search for secrets in logs", () => {
  const token = secret("99999:house/test+sample&secret") // so that this very test proves the runner's search, should it print it
  const withLog = (text: string) => {
    const folder = tempDir("leaks")
    mkdirSync(join(folder, "deep"))
    writeFileSync(join(folder, "deep", "a.log"), text)
    return searchLeaks(folder, [token])
  }
  const faces = {
    plain: token,
    "in a URL": encodeURIComponent(token),
    "in XML": token.replace("&", "&amp;"),
    "in base64": Buffer.from(token).toString("base64"),
  }
  for (const [how, text] of Object.entries(faces)) {
    test(`finds one ${how}`, () => {
      const { leaks, files } = withLog(`first\nGET /bot${text}/getMe\n`)
      assert.equal(files, 1)
      assert.equal(leaks[0]?.line, 2)
      assert.ok(!JSON.stringify(leaks).includes(token))
    })
  }
  test("finds nothing where nothing is", () => assert.deepEqual(withLog("99999:house\n").leaks, []))
})

describe("counting of tests", () => {
  const outcome = (name: string, nesting: number, more: Partial<Outcome> = {}): Outcome => ({
    type: "pass",
    name,
    nesting,
    suite: false,
    skipped: false,
    ...more,
  })

  test("counts leaves only", () => {
    const outcomes = [
      outcome("a", 1),
      outcome("b", 2),
      outcome("c", 2),
      outcome("bc", 1),
      outcome("all", 0, { suite: true }),
      outcome("d", 0),
    ]
    assert.deepEqual(count(outcomes), { passed: 4, failed: 0, skipped: 0 })
  })
  test("counts a failure once, and a failing hook of a suite", () => {
    const inner = [outcome("a", 1, { type: "fail" }), outcome("s", 0, { type: "fail", suite: true })]
    assert.deepEqual(count(inner), { passed: 0, failed: 1, skipped: 0 })
    const hook = [outcome("a", 1), outcome("s", 0, { type: "fail", suite: true })]
    assert.deepEqual(count(hook), { passed: 1, failed: 1, skipped: 0 })
  })
  test("does not take skipped tests for passed ones", () => {
    assert.deepEqual(count([outcome("a", 0, { skipped: true })]), { passed: 0, failed: 0, skipped: 1 })
  })
})
