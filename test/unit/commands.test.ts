// The commands, spoken with as people do: by chat with the gateway.
import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { commands } from "#src/core/commands/index.js"
import type { BareJid } from "#src/core/model.js"
import { GatewayChat } from "#src/xmpp/features/chat.js"
import { MemoryService } from "../support/memory-service.js"

const romeo = "romeo@example.test" as BareJid

function talk(service = new MemoryService()) {
  const bugs: unknown[] = []
  const chat = new GatewayChat({ commands, service, bug: (error) => bugs.push(error) })
  const say = async (line: string, user = romeo, lang?: string): Promise<string[]> => {
    const heard: string[] = []
    await chat.say(user, line, (text) => heard.push(text), lang)
    return heard
  }
  return {
    service,
    say,
    bugs,
    last: async (line: string) => (await say(line)).at(-1) ?? "",
    zh: async (line: string) => (await say(line, romeo, "zh-CN")).at(-1) ?? "",
  }
}

test("help offers what one may do", async () => {
  const { service, last } = talk()
  assert.match(await last("Help"), /register:/)
  assert.doesNotMatch(await last("/help"), /unregister:/)
  service.tie(romeo)
  assert.match(await last("help"), /unregister:[\s\S]*\nPeople:[\s\S]*add @username:[\s\S]*cancel:/)
})

test("register: asks, warns of the secret, refuses with the reason, then succeeds", async () => {
  const { service, say, last } = talk()
  assert.match(await last("REGISTER"), /Sms account\nEnter your token\.\nToken\?.*delete your message/)
  const bad = await say("bad")
  assert.match(bad[0] ?? "", /delete your last message/)
  assert.match(bad[1] ?? "", /does not know this token\.\nWrite «register» to try again\.$/)
  assert.match(await last("bad"), /only these words/, "the dialogue is over")
  await last("register")
  assert.equal(await last("  good "), "You are registered.")
  assert.deepEqual(service.calls, [`register ${romeo} good`])
})

test("cancel ends what is under way, for the one who said it", async () => {
  const { say, last } = talk()
  await say("register")
  assert.match((await say("cancel", "juliet@example.test" as BareJid))[0] ?? "", /nothing to cancel/)
  assert.equal(await last("Cancel"), "Cancelled.")
  assert.match(await last("good"), /only these words/)
})

test("a dialogue left alone ends", async () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  try {
    const { say, last, service } = talk()
    await say("register")
    mock.timers.tick(10 * 60_000)
    assert.match(await last("good"), /only these words/)
    assert.deepEqual(service.calls, [])
  } finally {
    mock.timers.reset()
  }
})

test("who is not registered is told how to", async () => {
  const { last } = talk()
  for (const word of ["status", "contacts", "add @juliet", "unregister"])
    assert.match(await last(word), /not registered with Sms.*«register»/)
})

test("unregister wants a yes", async () => {
  const { service, last } = talk()
  service.tie(romeo)
  assert.match(await last("unregister"), /cannot be undone[\s\S]*\(no, yes\)/)
  assert.match(await last("perhaps"), /one of these: no, yes/)
  assert.equal(await last("no"), "Nothing was changed.")
  await last("unregister")
  assert.match(await last("YES"), /no longer registered/)
  assert.equal(service.linksOf(romeo).length, 0)
})

test("status, contacts, add", async () => {
  const { service, last } = talk()
  const link = service.tie(romeo)
  assert.match(await last("contacts"), /no contacts on Sms yet/)
  service.know(link, "Juliet", { name: "Juliet Capulet", username: "juliet" })
  assert.equal(await last("contacts"), "Juliet Capulet (@juliet): ^juliet@sms.example.test")
  assert.equal(await last("status"), "Sms: connected\nWaiting for the network: 3. Waiting for you: 1. Given up: 0.\nContacts: 1.")
  service.state = { up: false, text: "Logged out of Sms: the token was revoked." }
  assert.match(await last("status"), /^Logged out of Sms: the token was revoked\.\nWaiting/)
  service.strangers.set("@nurse", { id: 9, legacyId: "9", name: "Nurse", username: "nurse", kind: "person", profile: {} })
  assert.equal(await last("add @nurse"), "Nurse is 9@sms.example.test.")
  assert.deepEqual(service.calls, ["offer 9"], "who was taken out of the roster comes back")
  assert.match(await last("add"), /Type a @username or a number\.\nContact\?/)
  assert.match(await last("@nobody"), /Nobody on Sms is «@nobody»/)
})

test("an automatic answerer gets tired answers, then none", async () => {
  const { say } = talk()
  const answers: number[] = []
  for (let i = 0; i < 7; i++) answers.push((await say("I am on holiday")).length)
  assert.deepEqual(answers, [1, 1, 1, 1, 1, 0, 0])
})

test("a bug is logged, not told", async () => {
  const { service, say, bugs } = talk()
  service.login = () => Promise.reject(new Error("secret"))
  assert.match((await say("register"))[0] ?? "", /Something went wrong/)
  assert.equal(bugs.length, 1)
})

test("a word that is nearly a command is asked back", async () => {
  const { last } = talk()
  assert.match(await last("regster"), /do not know «regster».*«register»/)
  assert.match(await last("regi"), /«register»/)
  assert.match(await last("hello"), /only these words/)
  assert.match(await last("help regstr"), /no command «regstr»[\s\S]*«register»/)
})

test("help explains one command, with how to say it", async () => {
  const { service, last } = talk()
  service.tie(romeo)
  assert.match(await last("help add"), /^Add a contact: Adds[\s\S]*«add @username»/)
  assert.match(await last("help rename-room"), /no command/, "the network has nothing to rename")
  assert.match(await last("help Preferences"), /NAME VALUE/)
})

test("in Chinese: help, a dialogue to its end, refusals; a command by its title", async () => {
  const { service, zh } = talk()
  assert.match(await zh("help"), /通往 Sms 的网关[\s\S]*register：将您与该网络关联/)
  assert.match(await zh("status"), /您尚未注册 Sms/)
  assert.match(await zh("注册"), /Token？这是机密内容/)
  await zh("cancel")
  service.tie(romeo)
  assert.equal(await zh("status"), "Sms：已连接\n等待发往网络：3。等待发给您：1。已放弃：0。\n联系人：0。")
  assert.match(await zh("unregister"), /全部删除吗？ \(否, 是\)/)
  assert.match(await zh("也许"), /请用以下之一回答：否, 是/)
  assert.equal(await zh("否"), "未作任何更改。")
  await zh("unregister")
  assert.match(await zh("yes"), /您已从 Sms 注销/)
})

test("preferences: all one after the other, or one at once", async () => {
  const { service, say, last } = talk()
  assert.match(await last("preferences language zh"), /not registered/)
  service.tie(romeo)
  assert.match(await last("preferences language zh"), /\(language\): 中文/)
  assert.match(await last("preferences colour red"), /no preference «colour»: language, whois/)
  assert.match(await last("preferences read perhaps"), /«read» is one of these: no, yes/)
  assert.match(await last("preferences"), /^Preferences\nLanguage \(as I write, English, 中文\)\n«-» leaves it as it is: 中文\.$/)
  for (const line of ["English", "yes", "-", "no"]) await say(line)
  assert.match(await last("-"), /\(language\): English[\s\S]*\(whois\): yes[\s\S]*\(read\): yes[\s\S]*\(typing\): no/)
  assert.deepEqual(service.wants.get(romeo), { language: "en", whois: true, read: true, typing: false, invitations: true })
})

test("export and delete-me", async () => {
  const { service, last } = talk()
  service.tie(romeo)
  assert.match(await last("export"), /without your credentials: https:/)
  assert.match(await last("delete-me"), /cannot be undone[\s\S]*\(no, yes\)/)
  assert.equal(await last("no"), "Nothing was changed.")
  assert.equal(service.linksOf(romeo).length, 1)
  assert.equal(await last("delete-me yes"), "Everything was deleted: Sms.")
  assert.match(await last("delete-me yes"), /Nothing is kept/)
})

test("commands of administrators are theirs alone, and nobody else is offered them", async () => {
  const service = new MemoryService()
  const secret = { name: "swab", title: "Swab", text: "Swabs.", needs: "admin", run: () => Promise.resolve("Done.") } as const
  const chat = new GatewayChat({ commands: [...commands, secret], service, bug: () => undefined })
  const last = async (line: string): Promise<string> => {
    const heard: string[] = []
    await chat.say(romeo, line, (text) => heard.push(text))
    return heard.at(-1) ?? ""
  }
  assert.equal(await last("swab"), "Only administrators may do that.")
  assert.doesNotMatch(await last("something"), /swab/)
  service.admins.add(romeo)
  assert.equal(await last("swab"), "Done.")
})
