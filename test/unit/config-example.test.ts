// config.example.yaml and docs/admin/configuration.md: valid, and complete.
import assert from "node:assert/strict"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, describe, test } from "node:test"
import { parseDocument, visit, isScalar } from "yaml"
import { loadConfig, optionDocs } from "#src/config/index.js"
import { root } from "../support/paths.js"

const folder = mkdtempSync(join(tmpdir(), "xferry-example-"))
after(() => rmSync(folder, { recursive: true, force: true }))
const example = readFileSync(join(root, "config.example.yaml"), "utf8")
const paths = optionDocs().map(({ path }) => path)

test("the schema tells its options", () => {
  assert.ok(paths.length >= 18, paths.join(", "))
  for (const path of [
    "server",
    "tls.ca",
    "secretKey",
    "networks.<name>.domain",
    "networks.<name>.register.allow",
    "networks.<name>.tls.servername",
  ])
    assert.ok(paths.includes(path), path)
  for (const { path, description } of optionDocs()) assert.notEqual(description, "", path)
})

describe("config.example.yaml", () => {
  test("is valid once its variables are set, and has the defaults", async () => {
    const file = join(folder, "config.yaml")
    cpSync(join(root, "config.example.yaml"), file)
    const config = await loadConfig(file, { XFERRY_KEY: "00".repeat(32), TELEGRAM_SECRET: "component-secret", DISCORD_SECRET: "another" })
    assert.deepEqual(config.warnings, [])
    assert.deepEqual(config.log, { level: "info", format: "auto" })
    assert.deepEqual(config.retention, { messageDays: 365, archiveDays: 365, contactDays: 90 })
    assert.deepEqual(
      config.networks.map(({ id, adapterName }) => [id, adapterName]),
      [
        ["telegram", "telegram"],
        ["discord", "discord"],
      ],
    )
  })

  test("shows every option, commented out or not", () => {
    // An option that is commented out is «# name:», after any indent: taken in, the file is YAML again.
    const bridged = example.replace(/^# bridges:\n(?:#.*\n)*/m, (block) => block.replace(/^# ?/gm, ""))
    const whole = parseDocument(
      bridged.replace(
        /^( *)# (?=(server|tls|accounts|http|folder| {2}listen| {2}publicUrl| {2}ca| {2}servername| {2}club| {2}bridge| {4}login| {4}rooms| {4}join| {4}sharedIdentities| {6}-?\w+| {6}"\*"):)/gm,
        "$1",
      ),
      {
        uniqueKeys: false,
        customTags: ["!env", "!file"].map((tag) => ({ tag, resolve: (name: string) => name })),
      },
    )
    assert.deepEqual(whole.errors, [])
    const shown = new Set<string>()
    visit(whole, {
      Pair(_, pair, ancestors) {
        const keys = [...ancestors, pair].flatMap((node) => ("key" in node && isScalar(node.key) ? [String(node.key.value)] : []))
        shown.add(
          keys
            .map((key, index) =>
              (index === 1 && keys[0] === "networks") || (index === 2 && keys[1] === "fixed") || (index === 3 && keys[2] === "accounts")
                ? "<name>"
                : key,
            )
            .join("."),
        )
      },
    })
    for (const path of paths) assert.ok(shown.has(path), `${path} is not in config.example.yaml`)
  })
})

test("docs/admin/configuration.md names every option and its default", () => {
  const page = readFileSync(join(root, "docs/admin/configuration.md"), "utf8")
  for (const { path, default: value } of optionDocs()) {
    const row = page.split("\n").find((line) => line.startsWith(`| \`${path}\` |`))
    assert.ok(row !== undefined, `${path} is missing`)
    if (value !== undefined && value !== "{}" && value !== "[]")
      assert.ok(row.includes(`\`${value.replaceAll('"', "")}\``), `default of ${path}: ${value}`)
  }
})

test("the README's config.yaml is valid", async () => {
  const yaml = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/```yaml\n([^]*?)```/g)]
    .map(([, text = ""]) => text)
    .find((text) => text.startsWith("secretKey:"))
  assert.ok(yaml !== undefined)
  const file = join(folder, "readme.yaml")
  mkdirSync(join(folder, "data"))
  writeFileSync(join(folder, "data/key"), `${Buffer.alloc(32, 5).toString("base64")}\n`, { mode: 0o600 })
  writeFileSync(join(folder, "data/telegram-secret"), `${"ab".repeat(24)}\n`, { mode: 0o600 })
  writeFileSync(file, yaml, { mode: 0o600 })
  const { networks, warnings } = await loadConfig(file, {})
  assert.deepEqual(warnings, [])
  assert.deepEqual(
    networks.map(({ domain, secret, adapterName }) => [domain, secret.reveal(), adapterName]),
    [["telegram.example.org", "ab".repeat(24), "telegram"]],
  )
})
