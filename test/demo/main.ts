// `npm run demo [-- --once]`: the whole gateway on this machine, with a conversation that can be watched from both sides.
import { parseArgs } from "node:util"
import { tempDir } from "../support/paths.js"
import { anaAnswers, answerFromTerminal, registerReal } from "./live.js"
import { play } from "./play.js"
import { howToLogIn, Theatre, type Stage } from "./stage.js"
import { Transcript } from "./transcript.js"
import { describeStanza, watchFake } from "./watch.js"

const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } })
const realToken = process.env["TELEGRAM_BOT_TOKEN"] || undefined
// Children inherit our environment; the gateway is to learn the token from its user only.
delete process.env["TELEGRAM_BOT_TOKEN"]
process.env["XFERRY_TEST_LOGS"] ??= tempDir("demo-logs")

const theatre = new Theatre()
const say = (line: string) => console.log(line)
let stage: Stage | undefined

async function show(): Promise<void> {
  say("Starting Prosody, the gateway and, for Telegram's side, " + (realToken ? "the real service …" : "a fake Bot API …"))
  stage = await theatre.open(say, realToken)
  const { fake, domain } = stage
  const contact = `${fake?.ana.id ?? ""}@${domain}`
  const names = new Map([
    [contact, fake?.ana.first_name ?? contact],
    [domain, "gateway"],
  ])
  const transcript = new Transcript({ xmpp: "Romeo (XMPP client)", network: fake ? "Ana (Telegram)" : "Telegram" })
  say(`\n${howToLogIn(stage)}`)
  transcript.header()
  const client = await theatre.login(stage, (el) => {
    const text = describeStanza(el, names)
    if (text !== undefined) transcript.line("xmpp", "←", text)
  })
  if (fake) {
    watchFake(fake, transcript)
    const steps = await play({ ...stage, fake, client, transcript, contact })
    say(`\nAll ${steps} steps were seen on both sides.`)
  } else {
    transcript.step("Romeo registers your bot by chatting with the gateway")
    await registerReal(stage, client, transcript)
    say("\nYour bot is registered. Now write to it from Telegram; what comes is shown here.")
  }
  if (values.once) return end(0)
  if (fake) anaAnswers(fake, transcript)
  else answerFromTerminal(domain, client, transcript)
  say(
    `\n${howToLogIn(stage)}\n\n${fake ? `Write to ${contact}: Ana answers.` : "Type here to answer whoever wrote last."} Ctrl-C ends everything.\n`,
  )
}

let ending: Promise<never> | undefined
/** Takes everything down; temporary folders go when the process does. */
function end(code: number): Promise<never> {
  return (ending ??= theatre.close().then(() => process.exit(code)))
}

/** What the gateway complained of, for whoever must find out. */
function complaints(): string {
  const log = stage?.gateway.log.filter(({ level }) => level !== "info" && level !== "debug") ?? []
  return log
    .slice(-20)
    .map((entry) => JSON.stringify(entry))
    .join("\n")
}

for (const [signal, code] of [
  ["SIGINT", values.once ? 130 : 0],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.on(signal, () => {
    if (!ending) say("\nTaking everything down …")
    void end(code)
  })
}

async function fail(error: unknown): Promise<never> {
  if (ending) return ending
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  const log = complaints()
  if (log) console.error(`\nThe gateway's log says:\n${log}`)
  return end(1)
}
process.on("uncaughtException", (error) => void fail(error))
process.on("unhandledRejection", (error) => void fail(error))

await show().catch(fail)
