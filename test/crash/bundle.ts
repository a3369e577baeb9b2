// The gateway of the crash tests as one file: it is started a thousand times, and loading 600 modules took most of each start.
import { existsSync, mkdtempSync, readFileSync, renameSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { build, type Plugin } from "esbuild"
import { root, tempDir } from "../support/paths.js"

/** A module's own address stays what it was: by it are threads and data found that are no part of the bundle. */
const addresses: Plugin = {
  name: "addresses",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8")
      const url = JSON.stringify(pathToFileURL(path).href)
      return { contents: text.replaceAll("import.meta.url", url).replaceAll("import.meta.dirname", JSON.stringify(dirname(path))) }
    }),
}

/** What to give `node` before the arguments of child.ts. The files of one test run share a bundle, made from what was compiled last. */
export async function bundledChild(): Promise<string[]> {
  const folder = process.env["XFERRY_TEST_SHARED"] ?? tempDir("bundle")
  const bundle = join(folder, "crash-child.cjs")
  if (!existsSync(bundle)) {
    const outfile = join(mkdtempSync(join(folder, "bundle-")), "child.cjs")
    await build({
      entryPoints: [join(root, "test", "dist", "crash", "child.js")],
      outfile,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      plugins: [addresses],
      // V8 forgets how to import from code that it kept: the file with the adapter is required.
      supported: { "dynamic-import": false },
      // Native code.
      external: ["better-sqlite3", "sharp"],
      logLevel: "error",
    })
    // Another may have made the same at the same time.
    renameSync(outfile, bundle)
  }
  return [join(root, "test", "dist", "crash", "starter.js"), bundle]
}
