// Sentences in every language: each one in the source has a translation with the same gaps, and none is left over.
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import ts from "typescript"
import { both, inLanguage, languageUsed, ours, words } from "#src/core/words/words.js"
import { chinese } from "#src/core/words/zh.js"
import { root } from "../support/paths.js"

/** All first arguments of `words`, as the compiler reads them, with the file they are in. */
function sentences(): Map<string, string> {
  const found = new Map<string, string>()
  for (const file of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(join(root, "src", file), "utf8")
    if (!text.includes("words(")) continue
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "words") {
        const [first] = node.arguments
        if (first && ts.isStringLiteralLike(first)) found.set(first.text, file)
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return found
}

const gaps = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

test("every sentence has a translation with the same gaps, and none is left over", () => {
  const used = sentences()
  assert.ok(used.size > 200, `only ${used.size} were found`)
  const missing = [...used].filter(([text]) => !Object.hasOwn(chinese, text)).map(([text, file]) => `${file}: ${text}`)
  assert.deepEqual(missing, [], "not translated")
  const unused = Object.keys(chinese).filter((text) => !used.has(text))
  assert.deepEqual(unused, [], "translated, but said nowhere")
  for (const [text, translated] of Object.entries(chinese)) assert.deepEqual(gaps(translated), gaps(text), text)
})

test("what fills a gap is not translated unless it is a sentence itself", () => {
  const said = words("{name}: {jid}", { name: "yes", jid: "{name}" })
  assert.equal(inLanguage(said, "zh-CN"), "yes：{name}")
  assert.equal(inLanguage(words("{label}?", { label: words("yes") }), "ZH"), "是？")
  assert.equal(inLanguage(words("{label}?", { label: words("yes") }), "de"), "yes?")
  assert.equal(inLanguage(words("{constructor}?"), "constructor"), "{constructor}?")
})

test("two sentences: a blank between them where the language has one", () => {
  const said = both(words("Nothing was changed."), words("Cancelled."))
  assert.equal(inLanguage(said), "Nothing was changed. Cancelled.")
  assert.equal(inLanguage(said, "zh"), "未作任何更改。已取消。")
})

test("the language that is named is the one that it came out in", () => {
  assert.equal(languageUsed(words("yes"), "zh-TW"), "zh")
  assert.equal(languageUsed(words("yes"), "fr"), "en")
  assert.equal(languageUsed("what a network says", "zh"), "en")
  assert.deepEqual(["zh-Hans-CN", "EN", "fr", "", undefined].map(ours), ["zh", "en", undefined, undefined, undefined])
})
