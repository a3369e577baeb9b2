// The demo's third part: Discord at the same time, with a direct chat and a channel in which Romeo speaks under his own name.
import type { Scene, Step } from "./play.js"

const patience = 15_000
const nick = "Romeo"

const benOf = ({ discord }: Scene): string => `${discord.fake.ben.id}@${discord.domain}`
const roomOf = ({ discord }: Scene): string => `#${discord.fake.square.id}@${discord.domain}`

async function sees({ discord: { fake } }: Scene, what: string, seen: () => boolean): Promise<void> {
  await fake.api.waitFor(seen, `Ben to see ${what}`, patience)
}

export const discordSteps: Step[] = [
  {
    title: "Romeo registers a bot of Discord as well",
    async play({ client, discord: { domain, token, fake }, transcript }) {
      await client.reachable(domain)
      client.mark()
      transcript.line("xmpp", "→", "register")
      await client.say(domain, "register")
      await client.waitForMessage(domain, /token/i, { timeout: patience })
      client.mark()
      transcript.line("xmpp", "→", `${token.slice(0, 4)}… (the bot's token)`)
      await client.say(domain, token)
      await client.waitForMessage(domain, /registered/i, { timeout: patience })
      await fake.api.waitFor(() => fake.api.gateway.listening(fake.bot) > 0, "the gateway to listen for the bot", patience)
    },
  },
  {
    title: "Ben writes to it; what is styled there is styled here, both ways (XEP-0393)",
    async play(scene) {
      const { client, transcript, discord } = scene
      const { api, bot, ben } = discord.fake
      const chat = api.dm(bot, ben)
      client.mark()
      transcript.line("network", "→", "Is **this** you, ~~Montague~~ *Romeo*?")
      chat.say(ben, "Is **this** you, ~~Montague~~ *Romeo*?")
      await client.waitForMessage(benOf(scene), "Is *this* you, ~Montague~ _Romeo_?", { timeout: patience })
      transcript.line("xmpp", "→", "It *is* I")
      const id = await client.say(benOf(scene), "It *is* I", { receipt: true })
      await sees(scene, "the answer", () => chat.messages.at(-1)?.content === "It **is** I")
      await client.waitFor(`<message from='${benOf(scene)}'><received xmlns='urn:xmpp:receipts' id='${id}'/></message>`, {
        timeout: patience,
        since: 0,
        what: "the receipt",
      })
    },
  },
  {
    title: "A channel of Ben's server is a room, and Romeo speaks there under his own name",
    async play(scene) {
      const { client, transcript, discord } = scene
      const { square, ben } = discord.fake
      const room = roomOf(scene)
      client.mark()
      transcript.line("xmpp", "→", `(joins «square» as ${nick})`)
      await client.send(`<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
      const self = await client.waitFor((el) => el.is("presence") && el.attrs["from"] === `${room}/${nick}`, {
        timeout: patience,
        what: "his own presence",
      })
      if (self.attrs["type"] === "error") throw new Error(String(self))
      transcript.line("network", "→", "(in the channel) What noise is this?")
      square.say(ben, "What noise is this?")
      await client.waitForMessage(`${room}/Ben`, "What noise is this?", { timeout: patience })
      transcript.line("xmpp", "→", "(in the room) @Ben, put thy rapier up")
      await client.send(`<message to='${room}' type='groupchat' id='${client.id()}'><body>@Ben, put thy rapier up</body></message>`)
      await client.waitForMessage(`${room}/${nick}`, "@Ben, put thy rapier up", { timeout: patience })
      const said = square.messages.at(-1)
      if (said?.author.username !== nick || said.content !== `<@${ben.id}>, put thy rapier up`)
        throw new Error(`in the channel stands ${said?.author.username}: ${said?.content}`)
      // A name is a name: nobody is pinged who did not ask for it.
      if (said.pinged.length > 0) throw new Error("Ben was pinged")
    },
  },
  {
    title: "All at once: a contact and a group of Telegram, a contact and a channel of Discord",
    async play(scene) {
      const { client, transcript, telegram, discord, contact } = scene
      const group = [...telegram.fake.api.groups.values()][0]
      if (!group) throw new Error("the group is gone")
      const { api, bot, ben, square } = discord.fake
      client.mark()
      transcript.line("network", "→", "(everybody says: Good morrow!)")
      const heard = [contact, `#${group.id}@${telegram.domain}`, benOf(scene), roomOf(scene)].map((from) =>
        client.waitForMessage(from, "Good morrow!", { timeout: patience }),
      )
      telegram.fake.api.say(telegram.fake.bot, telegram.fake.ana, "Good morrow!")
      group.say(telegram.fake.ana, "Good morrow!")
      api.dm(bot, ben).say(ben, "Good morrow!")
      square.say(ben, "Good morrow!")
      await Promise.all(heard)
      const wrong = [...telegram.fake.api.violations, ...api.violations]
      if (wrong.length > 0) throw new Error(`the official descriptions forbid: ${wrong.join("; ")}`)
    },
  },
]
