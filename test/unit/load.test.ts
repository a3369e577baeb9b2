// Loading adapters: names and paths, and a clear sentence for everything that is wrong with one.
import assert from "node:assert/strict"
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { after, before, describe, it } from "node:test"
import { fileURLToPath, pathToFileURL } from "node:url"
import { AdapterError } from "xferry"
import { z } from "zod"
import { AdapterLoadError, checkAdapter, loadAdapter, locateAdapter, validateOptions } from "#src/adapter/load.js"

const good = {
  api: 1,
  network: { id: "x", name: "X", discoType: "x" },
  capabilities: { send: {} },
  options: z.object({}),
  login: () => undefined,
  connect: () => undefined,
}
/** An adapter's text, free of imports. */
const source = (id: string): string => `export default {
  api: 1, network: { id: ${JSON.stringify(id)}, name: "X", discoType: "x" }, capabilities: { send: {} },
  options: { "~standard": { version: 1, vendor: "x", validate: value => ({ value }) } }, login() {}, connect() {},
}`

let folder: string
const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), text)
}
const pack = async (name: string, text: string, manifest: object = {}): Promise<void> => {
  await put(`node_modules/${name}/package.json`, JSON.stringify({ name, type: "module", exports: "./main.js", ...manifest }))
  await put(`node_modules/${name}/main.js`, text)
}
const idOf = async (name: string): Promise<string> => (await loadAdapter(name, folder)).network.id
const refused = (code: AdapterLoadError["code"], text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AdapterLoadError, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, text)
  return true
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "xferry-load-"))
})
after(() => rm(folder, { recursive: true }))

describe("an adapter is found", () => {
  it("by its short name", async () => {
    await pack("xferry-adapter-pigeon", source("pigeon"))
    await pack("pigeon", source("another package of that name"))
    assert.equal(await idOf("pigeon"), "pigeon")
    assert.equal(
      (await locateAdapter("pigeon", folder)).from,
      pathToFileURL(join(folder, "node_modules/xferry-adapter-pigeon/main.js")).href,
    )
  })

  it("by a full name, scoped or not, and below a package", async () => {
    await pack("smoke-signals", source("smoke"))
    await pack("@isp/xferry-adapter-drum", source("drum"))
    await pack("xferry-adapter-flags", source("flags"), { exports: { ".": "./main.js", "./night": "./night.js" } })
    await put("node_modules/xferry-adapter-flags/night.js", source("lamps"))
    assert.equal(await idOf("xferry-adapter-pigeon"), "pigeon")
    assert.equal(await idOf("smoke-signals"), "smoke")
    assert.equal(await idOf("@isp/xferry-adapter-drum"), "drum")
    assert.equal(await idOf("xferry-adapter-flags/night"), "lamps")
    assert.equal(await idOf("flags/night"), "lamps")
  })

  it("in a package that may only be imported", async () => {
    await pack("xferry-adapter-modern", source("modern"), { exports: { ".": { types: "./x.d.ts", import: { default: "./main.js" } } } })
    await pack("xferry-adapter-bare", source("bare"), { exports: { import: "./main.js" } })
    assert.equal(await idOf("modern"), "modern")
    assert.equal(await idOf("bare"), "bare")
  })

  it("by a path, from the folder of the config", async () => {
    await put("mine/adapter.mjs", source("mine"))
    assert.equal(await idOf("./mine/adapter.mjs"), "mine")
    assert.equal(await loadAdapter("../mine/adapter.mjs", join(folder, "node_modules")).then(({ network }) => network.id), "mine")
    assert.equal(await idOf(join(folder, "mine/adapter.mjs")), "mine")
    assert.equal(await idOf(pathToFileURL(join(folder, "mine/adapter.mjs")).href), "mine")
  })

  it("beside the gateway, wherever the config is", async () => {
    assert.equal(await idOf("loopback"), "loopback")
    assert.equal(await idOf("xferry-adapter-loopback/plain"), "loopback")
  })
})

describe("an adapter is refused", () => {
  it("that is not there, with what to type", async () => {
    await assert.rejects(
      loadAdapter("semaphore", folder),
      refused("not-found", /«semaphore» is not installed\. Correct «adapter», or type: npm install xferry-adapter-semaphore$/),
    )
    await assert.rejects(loadAdapter("@isp/none", folder), refused("not-found", /npm install @isp\/none$/))
    await assert.rejects(loadAdapter("./none.js", folder), refused("not-found", new RegExp(`no adapter at ${folder}/none.js`)))
    // A module of Node is nobody's adapter.
    await assert.rejects(loadAdapter("net", folder), refused("not-found", /xferry-adapter-net/))
  })

  it("that throws while it is loaded, or lacks a part of its own", async () => {
    await put("throws.mjs", `throw new Error("out of ink")`)
    await put("lacks.mjs", `import "nowhere-to-be-found"`)
    await assert.rejects(loadAdapter("./throws.mjs", folder), refused("broken", /out of ink/))
    await assert.rejects(loadAdapter("./lacks.mjs", folder), refused("broken", /nowhere-to-be-found/))
  })

  it("without a default export", async () => {
    await put("named.mjs", `export const adapter = {}`)
    await assert.rejects(loadAdapter("./named.mjs", folder), refused("no-default", /export default defineAdapter/))
  })

  it("for another version of the contract", () => {
    assert.throws(() => checkAdapter("x", { ...good, api: 2 }), refused("api", /wants version 2 .* speaks version 1/))
    assert.throws(() => checkAdapter("x", { ...good, api: undefined }), refused("api", /names no version/))
  })

  it("whose shape is wrong, with all that is wrong", () => {
    assert.equal(checkAdapter("x", good), good)
    for (const [part, text] of [
      [{ login: undefined }, /login must be a function/],
      [{ connect: "yes" }, /connect must be a function/],
      [{ capabilities: {} }, /capabilities must be an object with «send»/],
      [{ options: {} }, /Standard Schema/],
      [{ network: undefined }, /network must be an object/],
      [{ network: { id: "x", name: "" } }, /network\.name must be a text; network\.discoType must be a text/],
      [{ length: 3 }, /length must be a function if/],
      [{ login: 1, logout: 1 }, /login must be a function; logout/],
    ] as const) {
      assert.throws(() => checkAdapter("x", { ...good, ...part }), refused("shape", text))
    }
  })
})

describe("options", () => {
  const options = z.object({ root: z.string().default("here"), list: z.array(z.object({ port: z.int() })).default([]) })

  it("come back as the schema made them", async () => {
    assert.deepEqual(await validateOptions({ options }, {}), { value: { root: "here", list: [] } })
  })

  it("that are wrong are all told, with where", async () => {
    const result = await validateOptions({ options }, { root: 1, list: [{ port: 1 }, { port: "x" }] })
    assert.ok("issues" in result)
    assert.deepEqual(
      result.issues.map(({ path }) => path),
      [["root"], ["list", 1, "port"]],
    )
    assert.ok(result.issues.every(({ message }) => message !== ""))
  })

  it("may be judged by another kind of schema, later, with keys as objects", async () => {
    const validate = async () => ({ issues: [{ message: "no", path: [{ key: "a" }, 0] }, { message: "at all" }] })
    const schema = { "~standard": { version: 1 as const, vendor: "other", validate } }
    assert.deepEqual(await validateOptions({ options: schema }, {}), {
      issues: [
        { message: "no", path: ["a", 0] },
        { message: "at all", path: [] },
      ],
    })
  })
})

describe("errors of an adapter installed elsewhere", () => {
  it("are known, though its copy of the class is another", async () => {
    const original = fileURLToPath(new URL("adapter/errors.js", import.meta.resolve("xferry")))
    await cp(original, join(folder, "errors.mjs"))
    const copy = ((await import(pathToFileURL(join(folder, "errors.mjs")).href)) as { AdapterError: typeof AdapterError }).AdapterError
    assert.notEqual(copy, AdapterError)
    assert.ok(new copy("gone", "x") instanceof AdapterError)
    assert.ok(!(new Error("x") instanceof AdapterError))
    class Narrower extends AdapterError {}
    assert.ok(!(new AdapterError("gone", "x") instanceof Narrower) && new Narrower("gone", "x") instanceof Narrower)
  })
})
