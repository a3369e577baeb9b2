// The redactor and the log: no registered secret leaves the process, in whatever form it is logged.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import fc from "../support/property.js"
import { createLog, type LogFormat } from "#src/log.js"
import { Redactor } from "#src/redact.js"

function logged(format: LogFormat, redactor: Redactor, use: (log: ReturnType<typeof createLog>) => void): string {
  let out = ""
  use(createLog({ level: "trace", format, redactor, write: (line) => void (out += line) }))
  return out
}

describe("the redactor", () => {
  test("removes a secret wherever it stands, as it is, in JSON and in a URL", () => {
    const redactor = new Redactor()
    redactor.add('123456:AA"b\\c/d')
    const text = 'bot123456:AA"b\\c/d/getMe'
    assert.equal(redactor.clean(text), "bot[redacted]/getMe")
    assert.equal(redactor.clean(JSON.stringify({ text })), '{"text":"bot[redacted]/getMe"}')
    assert.equal(redactor.clean(`?token=${encodeURIComponent('123456:AA"b\\c/d')}&x`), "?token=[redacted]&x")
  })

  test("removes the longer of two that begin alike, and neighbours", () => {
    const redactor = new Redactor()
    redactor.add("abcdefgh")
    redactor.add("abcdefghij")
    assert.equal(redactor.clean("abcdefghijabcdefghabcdefghi"), "[redacted][redacted][redacted]i")
  })

  test("takes a short one only as a word, and a tiny one not at all", () => {
    const redactor = new Redactor()
    redactor.add("open")
    redactor.add("s1")
    redactor.add("")
    assert.equal(redactor.clean("open, opened: s1 reopen ‹open›"), "[redacted], opened: s1 reopen ‹[redacted]›")
  })

  test("takes every line of a secret of several, and texts inside an adapter's secret", () => {
    const redactor = new Redactor()
    redactor.add("first-line\nsecond-line\n")
    redactor.addAll({ token: "deep-secret", list: [{ key: "deeper-secret" }], id: 7, name: "me" })
    assert.equal(redactor.clean("second-line deep-secret deeper-secret 7 me"), "[redacted] [redacted] [redacted] 7 me")
  })

  test("removes the user part of any URL", () => {
    assert.equal(
      new Redactor().clean("at https://me:pw@host/a and socks5://t0ken@h:1, not a@b://x"),
      "at https://[redacted]@host/a and socks5://[redacted]@h:1, not a@b://x",
    )
  })

  test("for any secret and any text around it: gone, and nothing else is", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((s) => !s.includes("@"))
    const secret = fc
      .string({ unit: "grapheme-ascii", minLength: 8, maxLength: 60 })
      .filter((s) => s.trim().length >= 8 && !s.includes("@"))
    fc.assert(
      fc.property(text, secret, text, (before, secret, after) => {
        fc.pre(
          !before.includes(secret.slice(0, 4)) &&
            !after.includes(secret.slice(0, 4)) &&
            !`${before}${secret}`.slice(0, -1).includes(secret),
        )
        const redactor = new Redactor()
        redactor.add(secret)
        assert.equal(redactor.clean(before + secret + after), `${before}[redacted]${after}`)
      }),
    )
  })

  test("costs no more with thousands of secrets", () => {
    const redactor = new Redactor()
    for (let i = 0; i < 5000; i++) redactor.add(`${i}`.padStart(10, "0") + ":secret")
    assert.equal(redactor.clean("bot0000004711:secret 0000004711"), "bot[redacted] 0000004711")
  })
})

describe("the log", () => {
  for (const format of ["json", "pretty"] as const) {
    test(`shows no secret in fields, keys, errors and stacks (${format})`, () => {
      const redactor = new Redactor()
      const secret = 'q"uo\nted-sécret'
      redactor.add(secret)
      const cause = new Error(`inner ${secret}`)
      const out = logged(format, redactor, (log) => {
        log.info({ deep: { er: [secret] }, [secret]: 1, url: `http://x/${encodeURIComponent(secret)}` }, `text ${secret}`)
        log.child({ bound: secret }).error({ err: new Error(`outer ${secret}`, { cause }) }, "failed")
      })
      for (const part of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), "ted-sécret"])
        assert.ok(!out.includes(part), out)
      assert.ok(out.split("[redacted]").length > 6, out)
      assert.match(out, /failed/)
    })
  }

  test("is one JSON object a line, with a level's name and an ISO time", () => {
    const [line = "", ...rest] = logged("json", new Redactor(), (log) => log.warn({ network: "sms" }, "connected")).split("\n")
    assert.deepEqual(rest, [""])
    const { time, ...fields } = JSON.parse(line) as Record<string, unknown>
    assert.deepEqual(fields, { level: "warn", network: "sms", msg: "connected" })
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test("is readable and without colours where it is no terminal", () => {
    const out = logged("pretty", new Redactor(), (log) => log.info({ network: "sms" }, "connected"))
    assert.match(out, /^\[\d{4}-\d\d-\d\d [\d:.]+\] INFO: connected\n\s+network: "sms"\n$/)
  })

  test("follows its level", () => {
    const out = logged("json", new Redactor(), (log) => {
      log.level = "error"
      log.warn({}, "not this")
      log.error({}, "this")
    })
    assert.ok(!out.includes("not this") && out.includes('"this"'))
  })
})
