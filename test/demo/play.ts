// The conversation of the demo, step by step: each is done on one side and must be seen on the other.
import type { TestClient } from "../support/client.js"
import { discordSteps } from "./discord.js"
import { richSteps } from "./rich.js"
import { roomSteps } from "./room.js"
import type { FakeSide, FakeTelegram, Side, Stage } from "./stage.js"
import type { Transcript } from "./transcript.js"

type Played<F> = Side<F> & { fake: F }

/** `domain`, `token`, `fake` are of the network that a step is played with: of Telegram, but for the steps of discord.ts. */
export interface Scene extends Omit<Stage, "telegram" | "discord">, Played<FakeTelegram> {
  telegram: Played<FakeTelegram>
  discord: Played<FakeSide>
  client: TestClient
  transcript: Transcript
  /** Ana's JID as romeo sees her. */
  contact: string
}

export interface Step {
  title: string
  play(scene: Scene): Promise<void>
}

const patience = 15_000

/** Romeo says something and it is shown; gives the stanza's id. */
async function romeo(
  { client, transcript }: Scene,
  to: string,
  text: string,
  more: { receipt?: boolean; replace?: string } = {},
): Promise<string> {
  transcript.line("xmpp", "→", more.replace ? `✎ ${text}` : text)
  return client.say(to, text, more)
}

function expectAtAna({ fake }: Scene, what: string, seen: (texts: string[]) => boolean): Promise<unknown> {
  return fake.api.waitFor(() => seen(fake.api.textsTo(fake.bot, fake.ana)), `Ana to see ${what}`, patience)
}

async function expectReceipt({ client, contact }: Scene, id: string): Promise<void> {
  await client.waitFor(`<message from='${contact}'><received xmlns='urn:xmpp:receipts' id='${id}'/></message>`, {
    timeout: patience,
    since: 0,
    what: `the receipt of ${id}`,
  })
}

const long = Array.from(
  { length: 160 },
  (_, i) => `${i + 1}. What's in a name? That which we call a rose 🌹 by any other name would smell as sweet.`,
).join("\n")

const steps: Step[] = [
  {
    title: "Romeo's client finds the gateway (XEP-0030)",
    async play({ client, domain, transcript }) {
      const info = await client.reachable(domain)
      const identity = info
        .getChild("query")
        ?.getChildren("identity")
        .find((child) => child.attrs["category"] === "gateway")
      if (!identity) throw new Error(`no identity of category gateway in ${String(info)}`)
      transcript.line("xmpp", "←", `${domain}: ${identity.attrs["category"]}/${identity.attrs["type"]} «${identity.attrs["name"] ?? ""}»`)
    },
  },
  {
    title: "Romeo registers by chatting with the gateway",
    async play(scene) {
      const { client, domain, token, transcript, fake } = scene
      client.mark()
      await romeo(scene, domain, "register")
      await client.waitForMessage(domain, /token/i, { timeout: patience })
      client.mark()
      transcript.line("xmpp", "→", `${token.slice(0, 6)}… (the bot's token)`)
      await client.say(domain, token)
      await client.waitForMessage(domain, /registered/i, { timeout: patience })
      await fake.api.waitFor(
        () => fake.api.requests.some(({ method }) => method === "getUpdates"),
        "the gateway to listen for the bot",
        patience,
      )
      transcript.line("network", "←", `the gateway listens for @${fake.bot.user.username}`)
    },
  },
  {
    title: "Ana writes to Romeo's bot; she appears as a contact",
    async play({ client, contact, fake, transcript }) {
      client.mark()
      transcript.line("network", "→", "Olá Romeo! 你好 👋🏽")
      fake.api.say(fake.bot, fake.ana, "Olá Romeo! 你好 👋🏽")
      await client.waitForMessage(contact, "Olá Romeo! 你好 👋🏽", { timeout: patience })
      await client.waitForPresence(contact, "available", { timeout: patience, since: 0 })
      const item = (await client.roster()).find(({ jid }) => jid === contact)
      if (!item || !item.name.includes("Ana")) throw new Error(`the contact list does not name Ana: ${JSON.stringify(item)}`)
    },
  },
  {
    title: "Romeo answers; the receipt comes when Telegram has the message (XEP-0184)",
    async play(scene) {
      const id = await romeo(scene, scene.contact, "Ana! So you found me.", { receipt: true })
      await expectAtAna(scene, "the answer", (texts) => texts.includes("Ana! So you found me."))
      await expectReceipt(scene, id)
    },
  },
  {
    title: "Romeo is typing (XEP-0085)",
    async play({ client, contact, fake, transcript }) {
      transcript.line("xmpp", "→", "(types)")
      await client.send(`<message to='${contact}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`)
      await fake.api.waitFor(() => fake.bot.actions.some(({ chat }) => chat === fake.ana.id), "Ana to see him typing", patience)
      transcript.line("network", "←", `${fake.bot.user.first_name} is typing …`)
    },
  },
  {
    title: "Both correct what they wrote (XEP-0308)",
    async play(scene) {
      const { client, contact, fake, transcript } = scene
      client.mark()
      transcript.line("network", "→", "Shall we meat tomorrow?")
      const message = fake.api.say(fake.bot, fake.ana, "Shall we meat tomorrow?")
      const first = await client.waitForMessage(contact, "Shall we meat tomorrow?", { timeout: patience })
      transcript.line("network", "→", "✎ Shall we meet tomorrow?")
      fake.api.edit(fake.bot, message, "Shall we meet tomorrow?")
      const second = await client.waitForMessage(contact, "Shall we meet tomorrow?", { timeout: patience })
      const replaced = second.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
      if (replaced !== first.attrs["id"]) throw new Error(`the correction names ${replaced}, the message was ${first.attrs["id"]}`)
      const id = await romeo(scene, contact, "At noone?", { receipt: true })
      await expectAtAna(scene, "the question", (texts) => texts.includes("At noone?"))
      await romeo(scene, contact, "At noon?", { replace: id })
      await expectAtAna(scene, "the correction", (texts) => texts.includes("At noon?") && !texts.includes("At noone?"))
    },
  },
  {
    title: "A text too long for one message of the network is split, and stays one for its receipt",
    async play(scene) {
      const before = scene.fake.api.textsTo(scene.fake.bot, scene.fake.ana).length
      const id = await romeo(scene, scene.contact, long, { receipt: true })
      const bare = (text: string) => text.replaceAll(/\s+/g, "")
      await expectAtAna(
        scene,
        "the whole text",
        (texts) => texts.length >= before + 2 && bare(texts.slice(before).join("\n")) === bare(long),
      )
      await expectReceipt(scene, id)
    },
  },
  {
    title: "Ana blocks the bot: Romeo is told, in words",
    async play(scene) {
      const { client, contact, fake, transcript } = scene
      transcript.line("network", "→", "(blocks the bot)")
      fake.api.block(fake.bot, fake.ana)
      const id = await romeo(scene, contact, "Are you there?")
      const error = await client.waitFor(`<message type='error' id='${id}'/>`, {
        since: 0,
        timeout: patience,
        what: "the failed message's error",
      })
      if (!error.getChild("error")?.getChildText("text")) throw new Error(`the error says nothing to people: ${String(error)}`)
    },
  },
  {
    title: "Ana is back",
    async play(scene) {
      const { client, contact, fake, transcript } = scene
      client.mark()
      transcript.line("network", "→", "(unblocks the bot)")
      fake.api.unblock(fake.bot, fake.ana)
      transcript.line("network", "→", "Sorry! Noon it is.")
      fake.api.say(fake.bot, fake.ana, "Sorry! Noon it is.")
      await client.waitForMessage(contact, "Sorry! Noon it is.", { timeout: patience })
      const id = await romeo(scene, contact, "See you then 🌹", { receipt: true })
      await expectAtAna(scene, "the farewell", (texts) => texts.includes("See you then 🌹"))
      await expectReceipt(scene, id)
      if (fake.api.violations.length > 0) throw new Error(`the official description forbids: ${fake.api.violations.join("; ")}`)
    },
  },
  ...richSteps,
  ...roomSteps,
  ...discordSteps,
]

/** Plays all steps; gives how many there were. Throws an Error that names the step that failed. */
export async function play(stage: Omit<Scene, keyof Played<FakeTelegram> | "contact">): Promise<number> {
  const scene: Scene = { ...stage, ...stage.telegram, contact: `${stage.telegram.fake.ana.id}@${stage.telegram.domain}` }
  for (const step of steps) {
    scene.transcript.step(step.title)
    try {
      await step.play(scene)
    } catch (error) {
      throw new Error(`The step «${step.title}» failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  return steps.length
}
