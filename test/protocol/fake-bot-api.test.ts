// The fake Bot API is itself held to the official description: it refuses bad requests and cannot make bad answers.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, it } from "node:test"
import { fileURLToPath } from "node:url"
import { type Bot, type FakeBotApi, startFakeBotApi } from "../fakes/telegram/index.js"
import { problemsOf, Uploaded } from "../fakes/telegram/schema.js"
import { secret } from "../support/secrets.js"

const token = secret("4711:AAFfake-test_0123456789-0123456789ab")
const juliet = { id: 5, is_bot: false, first_name: "Juliet" }

interface Answer {
  status: number
  ok: boolean
  result: never
  error_code: number
  description: string
}

let fake: FakeBotApi
let bot: Bot
let now = Date.now()

beforeEach(async () => {
  now = Date.now()
  fake = await startFakeBotApi({ now: () => now })
  bot = fake.addBot({ token, username: "romeo_bot" })
})
afterEach(() => fake.stop())

async function ask(method: string, body: object | FormData | URLSearchParams = {}, { as = token }: { as?: string } = {}): Promise<Answer> {
  const raw = body instanceof FormData || body instanceof URLSearchParams
  const init = raw ? { body } : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
  const response = await fetch(`${fake.url}/bot${as}/${method}`, { method: "POST", ...init })
  return { status: response.status, ...((await response.json()) as Omit<Answer, "status">) }
}
const updates = async (body: object = {}): Promise<number[]> =>
  ((await ask("getUpdates", body)).result as { update_id: number }[]).map((update) => update.update_id)

describe("the fake Bot API refuses", () => {
  it("methods that do not exist, or that it does not carry out", async () => {
    assert.equal((await ask("sendTelepathy")).status, 404)
    assert.equal((await ask("sendGame", { chat_id: 5, game_short_name: "x" })).status, 400)
    assert.deepEqual(fake.violations, ["sendTelepathy: no such method", "sendGame: the fake does not carry it out"])
  })

  const bad: [string, string, object, string][] = [
    ["an unknown parameter", "sendMessage", { chat_id: 5, text: "x", chat: 5 }, "sendMessage.chat: unknown"],
    ["a missing one", "sendMessage", { chat_id: 5 }, "sendMessage.text: missing"],
    ["an ill-typed one", "editMessageText", { chat_id: 5, message_id: "x", text: "x" }, "editMessageText.message_id: not Integer"],
    [
      "an unknown field deep inside",
      "sendMessage",
      { chat_id: 5, text: "x", link_preview_options: { disabled: true } },
      "sendMessage.link_preview_options.disabled: unknown",
    ],
    ["a wrong list", "getUpdates", { allowed_updates: "message" }, "getUpdates.allowed_updates: not an array"],
    [
      "what it does not heed",
      "sendMessage",
      { chat_id: 5, text: "x", parse_mode: "HTML" },
      "sendMessage.parse_mode: the fake does not heed it",
    ],
  ]
  for (const [name, method, params, violation] of bad) {
    it(name, async () => {
      fake.say(bot, juliet, "hi")
      assert.equal((await ask(method, params)).status, 400)
      assert.deepEqual(fake.violations, [violation])
      assert.deepEqual(bot.sent, [])
    })
  }

  it("unknown, revoked and malformed tokens", async () => {
    assert.equal((await ask("getMe", {}, { as: secret("4712:AAFfake-test_0123456789-0123456789ab") })).description, "Unauthorized")
    assert.equal((await ask("getMe", {}, { as: "nonsense" })).error_code, 404)
    fake.revoke(bot)
    assert.equal((await ask("getMe")).error_code, 401)
  })

  it("to make anything wrong itself", () => {
    assert.throws(() => fake.say(bot, juliet, { text: 5 }), /Update\.message\.text: not String/)
    assert.throws(() => fake.say(bot, juliet, { hologram: true }), /hologram: unknown/)
    assert.throws(() => fake.say(bot, juliet, { text: "x", entities: [{ type: "bold", offset: 0, length: 2 }] }), /beyond the text/)
    assert.throws(() => fake.say(bot, juliet, { forward_origin: { type: "user", date: 1, sender_user_name: "x" } }), /forward_origin/)
    assert.throws(() => fake.push(bot, { telepathy: {} }), /telepathy: unknown/)
  })

  it("to give an answer that is not of its type", async () => {
    Object.assign(bot.user, { is_bot: "yes" })
    assert.equal((await ask("getMe")).status, 500)
    assert.match(fake.violations.join(), /answers wrongly: getMe\(\)\.is_bot: not Boolean/)
  })

  it("knows uploads, unions and constants", () => {
    assert.deepEqual(problemsOf(["InputFile", "String"], new Uploaded("a", new Uint8Array(1)), "x"), [])
    assert.deepEqual(problemsOf(["InputFile"], {}, "x"), ["x: not InputFile"])
    assert.deepEqual(problemsOf(["MessageOrigin"], { type: "hidden_user", date: 1, sender_user_name: "x" }, "x"), [])
    assert.deepEqual(problemsOf(["MessageOriginUser"], { type: "chat", date: 1, sender_user: juliet }, "x"), ["x.type: not user"])
  })
})

describe("the fake Bot API takes", () => {
  it("JSON, urlencoded and multipart bodies, and the query", async () => {
    const { message_id } = fake.say(bot, juliet, "hi")
    const fields = { chat_id: "5", text: "x", reply_parameters: JSON.stringify({ message_id }) }
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    for (const body of [{ ...fields, chat_id: 5, reply_parameters: { message_id } }, new URLSearchParams(fields), form]) {
      assert.equal(
        ((await ask("sendMessage", body)).result as { reply_to_message: { message_id: number } }).reply_to_message.message_id,
        message_id,
      )
    }
    const response = await fetch(`${fake.url}/bot${token}/sendMessage?chat_id=5&text=y`)
    assert.equal(response.status, 200)
    assert.deepEqual(fake.textsTo(bot, juliet), ["x", "x", "x", "y"])
    assert.deepEqual(fake.violations, [])
  })
})

describe("getUpdates", () => {
  it("keeps what is not confirmed, and forgets what is", async () => {
    for (const text of ["a", "b", "c"]) fake.say(bot, juliet, text)
    const all = await updates()
    assert.equal(all.length, 3)
    assert.deepEqual(await updates(), all, "asked without offset: again")
    assert.deepEqual(await updates({ limit: 1 }), all.slice(0, 1))
    assert.deepEqual(await updates({ offset: all[0]! + 1 }), all.slice(1))
    assert.deepEqual(await updates(), all.slice(1))
    assert.deepEqual(await updates({ offset: -1 }), all.slice(2), "from the end")
    assert.deepEqual(await updates(), all.slice(2))
    assert.deepEqual(await updates({ offset: all[2]! + 1 }), [])
  })

  it("serves an offset from the future from the head", async () => {
    fake.say(bot, juliet, "a")
    assert.equal((await updates({ offset: bot.nextUpdateId + 1000 })).length, 1)
  })

  it("waits for the first update", async () => {
    const waiting = updates({ timeout: 10 })
    await fake.waitFor(() => bot.polling)
    fake.say(bot, juliet, "a")
    assert.equal((await waiting).length, 1)
  })

  it("answers with nothing when the time is up", async () => assert.deepEqual(await updates({ timeout: 1 }), []))

  it("remembers allowed_updates, and drops the rest", async () => {
    await updates({ allowed_updates: ["edited_message"] })
    const said = fake.say(bot, juliet, "a")
    fake.edit(bot, said, "b")
    assert.equal((await updates()).length, 1)
    await updates({ allowed_updates: [] })
    fake.say(bot, juliet, "c")
    assert.equal((await updates()).length, 2)
  })

  it("gives the older of two polls 409, and everyone while a webhook is set", async () => {
    const older = ask("getUpdates", { timeout: 10 })
    await fake.waitFor(() => bot.polling)
    const newer = ask("getUpdates", { timeout: 10 })
    assert.match((await older).description, /^Conflict: terminated by other getUpdates/)
    await fake.waitFor(() => bot.polling)
    await ask("setWebhook", { url: "https://example.org/hook" })
    assert.match((await newer).description, /^Conflict: terminated by setWebhook/)
    assert.match((await ask("getUpdates")).description, /webhook is active/)
    assert.equal(((await ask("getWebhookInfo")).result as { url: string }).url, "https://example.org/hook")
    await ask("deleteWebhook")
    assert.deepEqual(await updates(), [])
  })
})

describe("messages", () => {
  const send = (text: string, chat_id = 5): Promise<Answer> => ask("sendMessage", { chat_id, text })

  it("go to who wrote first, and to nobody else", async () => {
    assert.equal((await send("x")).description, "Bad Request: chat not found")
    fake.say(bot, juliet, "hi")
    assert.equal((await send("x")).ok, true)
    fake.block(bot, juliet)
    assert.equal((await send("x")).description, "Forbidden: bot was blocked by the user")
    fake.unblock(bot, juliet)
    fake.deleteAccount(juliet)
    assert.equal((await send("x")).description, "Forbidden: user is deactivated")
    assert.equal(fake.say(bot, juliet, "from beyond").from?.first_name, "")
  })

  it("have 1 to 4,096 UTF-16 units", async () => {
    fake.say(bot, juliet, "hi")
    assert.equal((await send(" \n ")).description, "Bad Request: message text is empty")
    assert.equal((await send("🌹".repeat(2049))).description, "Bad Request: message is too long")
    assert.equal((await send("🌹".repeat(2048))).ok, true)
  })

  it("can be edited by who sent them, to something else", async () => {
    const theirs = fake.say(bot, juliet, "hi").message_id
    const { message_id } = (await send("a")).result as { message_id: number }
    const edit = async (id: number, text: string) => (await ask("editMessageText", { chat_id: 5, message_id: id, text })).description
    assert.match(await edit(message_id, "a"), /message is not modified/)
    assert.equal(await edit(message_id, "b"), undefined)
    assert.deepEqual(fake.textsTo(bot, juliet), ["b"])
    assert.match(await edit(theirs, "b"), /can't be edited/)
    assert.match(await edit(99, "b"), /message to edit not found/)
  })

  it("can be deleted for 48 hours", async () => {
    fake.say(bot, juliet, "hi")
    const first = (await send("a")).result as { message_id: number }
    const second = (await send("b")).result as { message_id: number }
    const drop = async ({ message_id }: { message_id: number }) => (await ask("deleteMessage", { chat_id: 5, message_id })).description
    assert.equal(await drop(first), undefined)
    assert.match(await drop(first), /message to delete not found/)
    now += 48 * 60 * 60 * 1000
    assert.match(await drop(second), /can't be deleted/)
    assert.deepEqual(fake.textsTo(bot, juliet), ["b"])
  })
})

describe("faults", () => {
  it("lose the call, or only its answer", async () => {
    fake.say(bot, juliet, "hi")
    for (const [kind, carriedOut] of [
      ["reset-before", 0],
      ["reset-after", 1],
      ["502-html", 0],
      ["502-after", 1],
      ["500", 0],
      ["html-200", 0],
      ["cut", 1],
    ] as const) {
      bot.sent.length = 0
      fake.faults.next("sendMessage", { kind })
      const outcome = await ask("sendMessage", { chat_id: 5, text: kind }).then(
        ({ ok }) => ok,
        () => false,
      )
      assert.equal(outcome, false, kind)
      assert.equal(bot.sent.length, carriedOut, kind)
    }
    fake.faults.next("sendMessage", { kind: "429", retryAfter: 3, times: 2 })
    assert.deepEqual(((await ask("sendMessage", { chat_id: 5, text: "x" })) as unknown as { parameters: object }).parameters, {
      retry_after: 3,
    })
    assert.equal((await ask("sendMessage", { chat_id: 5, text: "x" })).status, 429)
    assert.equal((await ask("sendMessage", { chat_id: 5, text: "x" })).status, 200)
  })

  it("come by chance, the same for the same seed", async () => {
    const run = async (seed: number): Promise<string> => {
      fake.faults.random({ seed, probability: 0.5, kinds: [{ kind: "500" }, { kind: "429" }] })
      const statuses: number[] = []
      for (let i = 0; i < 30; i++) statuses.push((await ask("getMe")).status)
      return statuses.join()
    }
    const first = await run(1)
    assert.equal(await run(1), first)
    assert.notEqual(await run(2), first)
    for (const status of ["200", "429", "500"]) assert.ok(first.includes(status), status)
    fake.faults.random(null)
    assert.equal((await ask("getMe")).status, 200)
  })
})

it("runs as a process and takes orders", async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("../fakes/telegram/main.js", import.meta.url))], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string]
    const { url } = JSON.parse(line) as { url: string }
    const order = async (what: string, body?: object | null): Promise<Record<string, never>> => {
      const response = await fetch(`${url}/control/${what}`, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) })
      return (await response.json()) as Record<string, never>
    }
    assert.equal((await order("bot", { token, username: "romeo_bot" }))["id"], 4711)
    const said = await order("say", { bot: "romeo_bot", from: juliet, text: "hi" })
    await order("edit", { bot: "romeo_bot", chat: 5, message_id: said["message_id"], text: "ho" })
    await order("fault", { method: "sendMessage", kind: "500" })
    const send = (): Promise<Response> => fetch(`${url}/bot${token}/sendMessage?chat_id=5&text=hello`)
    assert.equal((await send()).status, 500)
    const waiting = order("sent?bot=romeo_bot&from=0&wait=10")
    assert.equal((await send()).status, 200)
    const { sent, next } = (await waiting) as unknown as { sent: { text: string }[]; next: number }
    assert.deepEqual([sent.map(({ text }) => text), next], [["hello"], 1])
    assert.deepEqual(await order("state?bot=romeo_bot"), { pending: 2, polling: false, violations: [], faults: { "500": 1 } })
    for (const [what, body] of [
      ["block", { bot: "romeo_bot", id: 5 }],
      ["unblock", { bot: "romeo_bot", id: 5 }],
      ["delete-account", { id: 5 }],
      ["random-faults", null],
      ["revoke", { bot: "romeo_bot" }],
    ] as const) {
      assert.deepEqual(await order(what, body), {}, what)
    }
    assert.equal((await send()).status, 401)
    assert.match((await order("say", { bot: "nobody", from: juliet, text: "hi" }))["error"] as unknown as string, /no bot «nobody»/)
  } finally {
    const ended = once(child, "exit")
    child.kill()
    assert.deepEqual(await ended, [0, null])
  }
})
