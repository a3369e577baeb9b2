// After the play, or with the real service: shows what comes, and lets the person at the terminal answer.
import { createInterface } from "node:readline"
import type { TestClient } from "../support/client.js"
import { sidesOf, type FakeSide, type FakeTelegram, type Side, type Stage } from "./stage.js"
import type { Transcript } from "./transcript.js"

/** Ana answers whatever anybody writes to her, so that your own client has somebody to talk with. */
export function anaAnswers({ api, bot, ana }: FakeTelegram, transcript: Transcript): void {
  api.onSend((_bot, message, what) => {
    if (message.chat !== ana.id || what !== "sent") return
    const answer = `You wrote ${[...message.text].length} characters: «${[...message.text].slice(0, 40).join("")}»`
    setTimeout(() => {
      transcript.line("network", "→", answer)
      api.say(bot, ana, answer)
    }, 800)
  })
}

/** So does Ben. */
export function benAnswers({ api, bot, ben }: FakeSide, transcript: Transcript): void {
  const chat = api.dm(bot, ben)
  api.world.onDispatch(({ t, d }) => {
    const { author, content = "", channel_id } = d as { author?: { id: string }; content?: string; channel_id?: string }
    if (t !== "MESSAGE_CREATE" || channel_id !== chat.id || author?.id === ben.id) return
    const answer = `You wrote ${[...content].length} characters: «${[...content].slice(0, 40).join("")}»`
    setTimeout(() => {
      transcript.line("network", "→", answer)
      chat.say(ben, answer)
    }, 800)
  })
}

/** Registers the person's own bot on the real service. */
export async function registerReal({ domain, token }: Side<unknown>, client: TestClient, transcript: Transcript): Promise<void> {
  await client.reachable(domain)
  client.mark()
  transcript.line("xmpp", "→", "register")
  await client.say(domain, "register")
  await client.waitForMessage(domain, /token/i, { timeout: 30_000 })
  client.mark()
  transcript.line("xmpp", "→", "(the bot's token)")
  await client.say(domain, token)
  // It thanks for a secret before it has tried it.
  const answer = await client.waitForMessage(domain, /^(?!Thank you)/, { timeout: 60_000 })
  if (!/registered|renewed/i.test(answer.getChildText("body") ?? "")) throw new Error(answer.getChildText("body") ?? "")
}

/** What is typed goes to whoever wrote last. */
export function answerFromTerminal(stage: Stage, client: TestClient, transcript: Transcript): void {
  const domains = sidesOf(stage).map(({ domain }) => `@${domain}`)
  createInterface({ input: process.stdin }).on("line", (line) => {
    const last = client.received.findLast(
      (el) => el.is("message") && domains.some((domain) => (el.attrs["from"] ?? "").includes(domain)) && el.getChildText("body") !== null,
    )
    const to = last?.attrs["from"]?.split("/")[0]
    if (line.trim() === "") return
    if (to === undefined) return transcript.note("Nobody has written yet.")
    transcript.line("xmpp", "→", line)
    client.say(to, line, { receipt: true }).catch((error: Error) => transcript.note(`Not sent: ${error.message}`))
  })
}
