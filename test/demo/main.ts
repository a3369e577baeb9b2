// `npm run demo [-- --once]`: the whole gateway on this machine, with a conversation that can be watched from both sides.
import { parseArgs } from "node:util"
import { tempDir } from "../support/paths.js"
import { anaAnswers, answerFromTerminal, benAnswers, registerReal } from "./live.js"
import { play } from "./play.js"
import { howToLogIn, sidesOf, Theatre, type RealTokens, type Stage } from "./stage.js"
import { Transcript } from "./transcript.js"
import { describeStanza, watchDiscord, watchTelegram } from "./watch.js"

const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } })
const real: RealTokens = {
  telegram: process.env["TELEGRAM_BOT_TOKEN"] || undefined,
  discord: process.env["DISCORD_BOT_TOKEN"] || undefined,
}
// Children inherit our environment; the gateway is to learn the tokens from its user only.
delete process.env["TELEGRAM_BOT_TOKEN"]
delete process.env["DISCORD_BOT_TOKEN"]
process.env["XFERRY_TEST_LOGS"] ??= tempDir("demo-logs")

const theatre = new Theatre()
const say = (line: string) => console.log(line)
let stage: Stage | undefined

async function show(): Promise<void> {
  const names = Object.entries(real).flatMap(([name, token]) => (token === undefined ? [] : `the real ${name}`))
  say(`Starting Prosody, the gateway and ${names.join(" and ") || "stand-ins for Telegram and Discord"} …`)
  stage = await theatre.open(say, real)
  const { telegram, discord } = stage
  const known = new Map(sidesOf(stage).map(({ domain }) => [domain, `gateway (${domain})`]))
  const fakes = telegram?.fake &&
    discord?.fake && { telegram: { ...telegram, fake: telegram.fake }, discord: { ...discord, fake: discord.fake } }
  const ana = fakes && `${fakes.telegram.fake.ana.id}@${fakes.telegram.domain}`
  const ben = fakes && `${fakes.discord.fake.ben.id}@${fakes.discord.domain}`
  if (ana !== undefined) known.set(ana, "Ana")
  if (ben !== undefined) known.set(ben, "Ben")
  const transcript = new Transcript({ xmpp: "Romeo (XMPP client)", network: fakes ? "Ana (Telegram), Ben (Discord)" : "the network" })
  say(`\n${howToLogIn(stage)}`)
  transcript.header()
  const client = await theatre.login(stage, (el) => {
    const text = describeStanza(el, known)
    if (text !== undefined) transcript.line("xmpp", "←", text)
  })
  if (fakes) {
    watchTelegram(fakes.telegram.fake, transcript)
    watchDiscord(fakes.discord.fake, transcript)
    const steps = await play({ ...stage, ...fakes, client, transcript })
    say(`\nAll ${steps} steps were seen on both sides.`)
  } else {
    for (const side of sidesOf(stage)) {
      transcript.step(`Romeo registers your bot by chatting with ${side.domain}`)
      await registerReal(side, client, transcript)
    }
    say("\nYour bot is registered. Now write to it from there; what comes is shown here.")
  }
  if (values.once) return end(0)
  if (fakes) {
    anaAnswers(fakes.telegram.fake, transcript)
    benAnswers(fakes.discord.fake, transcript)
  } else answerFromTerminal(stage, client, transcript)
  const whom = fakes ? `Write to ${ana} or ${ben}: Ana and Ben answer.` : "Type here to answer whoever wrote last."
  say(`\n${howToLogIn(stage)}\n\n${whom} Ctrl-C ends everything.\n`)
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
