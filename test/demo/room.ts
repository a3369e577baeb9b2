// The demo's second half: Ana adds the bot to a group, and it is a room in Romeo's client.
import { isFrom } from "../support/client.js"
import type { Scene, Step } from "./play.js"

const patience = 15_000
const nick = "Romeo"
/** Of the group, while the demo runs. */
const verona = { id: -1_001_597_000_001, title: "Verona 🌹" }

const roomOf = ({ domain }: Scene): string => `#${verona.id}@${domain}`

export const roomSteps: Step[] = [
  {
    title: "Ana adds the bot to a group: Romeo's client has a bookmark for the room (XEP-0402)",
    async play(scene) {
      const { client, fake, transcript } = scene
      const group = fake.api.makeGroup({ ...verona, owner: fake.ana, description: "Where we lay our scene" })
      transcript.line("network", "→", `(adds the bot to «${verona.title}», as an administrator)`)
      group.addBot(fake.bot, fake.ana, ["can_manage_chat", "can_delete_messages"])
      const room = roomOf(scene)
      const get = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'/></pubsub>"
      const end = Date.now() + patience
      for (let found = false; !found;) {
        const bookmarks = await client.iq("get", "", get)
        found = String(bookmarks).includes(room)
        if (!found && Date.now() > end) throw new Error(`no bookmark for ${room}: ${String(bookmarks)}`)
      }
      transcript.line("xmpp", "←", `(a bookmark) ${room}`)
    },
  },
  {
    title: "Romeo joins: who is there, himself, the subject (XEP-0045)",
    async play(scene) {
      const { client, transcript } = scene
      const room = roomOf(scene)
      client.mark()
      transcript.line("xmpp", "→", `(joins as ${nick})`)
      await client.send(`<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
      const self = await client.waitFor((el) => el.is("presence") && el.attrs["from"] === `${room}/${nick}` && String(el).includes("110"), {
        timeout: patience,
        what: "his own presence with status 110",
      })
      if (self.attrs["type"] === "error") throw new Error(String(self))
      const shown = client.presences(room).filter((el) => el.attrs["from"] !== `${room}/${nick}`)
      const subject = await client.waitFor((el) => el.is("message") && isFrom(el, room) && el.getChild("subject") !== undefined, {
        timeout: patience,
        what: "the subject",
      })
      transcript.line(
        "xmpp",
        "←",
        `there: ${shown.map((el) => el.attrs["from"]?.split("/")[1]).join(", ")} · subject: ${subject.getChildText("subject")}`,
      )
    },
  },
  {
    title: "Both talk in the group; what Romeo says comes back to him when Telegram has it",
    async play(scene) {
      const { client, fake, transcript } = scene
      const room = roomOf(scene)
      const group = fake.api.groups.get(verona.id)
      if (!group) throw new Error("the group is gone")
      client.mark()
      transcript.line("network", "→", "(in the group) Two households, both alike in dignity")
      group.say(fake.ana, "Two households, both alike in dignity")
      const said = await client.waitForMessage(room, "Two households, both alike in dignity", { timeout: patience })
      if (said.attrs["type"] !== "groupchat" || !said.attrs["from"]?.includes("/Ana")) throw new Error(`said by Ana? ${String(said)}`)
      transcript.line("xmpp", "→", "(in the room) In fair Verona")
      const id = client.id()
      await client.send(`<message to='${room}' type='groupchat' id='${id}'><body>In fair Verona</body></message>`)
      await fake.api.waitFor(() => fake.api.textsTo(fake.bot, verona).includes("In fair Verona"), "the group to see it", patience)
      const reflected = await client.waitForMessage(`${room}/${nick}`, "In fair Verona", { timeout: patience })
      if (reflected.attrs["id"] !== id || !reflected.getChild("stanza-id", "urn:xmpp:sid:0")) throw new Error(String(reflected))
    },
  },
  {
    title: "The room keeps its history (XEP-0313)",
    async play(scene) {
      const { client, transcript, fake } = scene
      const room = roomOf(scene)
      client.mark()
      const answer = await client.iq("set", room, "<query xmlns='urn:xmpp:mam:2' queryid='demo'/>", patience)
      const fin = answer.getChild("fin", "urn:xmpp:mam:2")
      const bodies = client.received.flatMap((el) => {
        const result = el.is("message") ? el.getChild("result", "urn:xmpp:mam:2") : undefined
        return result?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")?.getChildText("body") ?? []
      })
      if (!fin || !bodies.includes("In fair Verona") || !bodies.some((text) => text.startsWith("Two households")))
        throw new Error(`the archive has ${JSON.stringify(bodies)}: ${String(answer)}`)
      transcript.line("xmpp", "←", `(the archive) ${bodies.length} messages`)
      if (fake.api.violations.length > 0) throw new Error(`the official description forbids: ${fake.api.violations.join("; ")}`)
    },
  },
]
