// The adapter of docs/adapter/README.md, as it is printed there: it compiles, and keeps to the contract.
import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { after } from "node:test"
import { pathToFileURL } from "node:url"
import ts from "typescript"
import { conformance } from "xferry/conformance"
import type { Adapter, Capabilities } from "xferry"
import { PigeonFake } from "../fakes/pigeon.js"
import { root } from "../support/paths.js"

const readme = readFileSync(join(root, "docs/adapter/README.md"), "utf8")
const code = /^```ts\n(\/\/ pigeon\.ts: [^]*?)^```$/m.exec(readme)?.[1]
assert.ok(code, "the README has a block that begins with «// pigeon.ts:»")

// Below the repository, so that «xferry» and «zod» are found as an author's would be.
const folder = mkdtempSync(join(root, "test/dist/tutorial-"))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, "pigeon.ts")
writeFileSync(file, code)
writeFileSync(join(folder, "package.json"), '{ "type": "module" }')

const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => readFileSync(path, "utf8")) as {
  config: { compilerOptions: object }
}
const { options } = ts.convertCompilerOptionsFromJson(
  { ...config.compilerOptions, composite: false, sourceMap: false, declaration: false },
  root,
)
const program = ts.createProgram([file], { ...options, typeRoots: [join(root, "node_modules/@types")] })
const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics]
assert.deepEqual(
  problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
  [],
)

const { default: adapter } = (await import(pathToFileURL(join(folder, "pigeon.js")).href)) as {
  default: Adapter<unknown, unknown, Capabilities>
}
conformance(adapter, () => new PigeonFake())
