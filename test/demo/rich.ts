// The part of the demo about what is not text: a photo each way, and what both think of it.
import { contentOf } from "../fakes/telegram/index.js"
import { reacting, reactionsIn } from "../support/corner.js"
import { png } from "../support/pictures.js"
import { fileIn, linked } from "../support/shared-file.js"
import { upload } from "../support/uploading.js"
import type { Step } from "./play.js"

const patience = 15_000
const balcony = png([200, 120, 60], 64)
const moon = png([240, 240, 200], 64)

export const richSteps: Step[] = [
  {
    title: "Ana shows a photo; Romeo's client fetches it from his own server (XEP-0363, XEP-0447), the caption follows",
    async play({ client, contact, fake, transcript }) {
      client.mark()
      transcript.line("network", "→", "[photo] My balcony")
      fake.api.say(fake.bot, fake.ana, contentOf(fake.api.files, "photo", { bytes: balcony }, { caption: "My balcony" }))
      const file = await fileIn(
        await client.waitFor((el) => el.is("message") && el.getChild("x", "jabber:x:oob") !== undefined, {
          timeout: patience,
          what: "a photo",
        }),
      )
      if (!file.bytes.equals(balcony)) throw new Error(`another picture: ${String(file.stanza)}`)
      transcript.line("xmpp", "←", `(fetches ${file.bytes.length} bytes, ${file.mime}, ${file.width} × ${file.height})`)
      await client.waitForMessage(contact, "My balcony", { timeout: patience })
    },
  },
  {
    title: "Romeo shows a photo; Ana sees a photo, not a link",
    async play({ client, contact, server, fake, transcript }) {
      const url = await upload(client, `upload.${server.domain}`, "moon.png", moon, "image/png")
      transcript.line("xmpp", "→", url)
      await client.send(`<message to='${contact}' type='chat' id='${client.id()}'>${linked(url)}</message>`)
      const sent = await fake.api.waitFor(() => fake.bot.sent.find(({ content }) => content?.photo), "Ana to see the photo", patience)
      const shown = fake.api.files.bytesOf(sent.content?.photo?.at(-1)?.file_id ?? "")
      if (!shown || !moon.equals(shown)) throw new Error("Ana sees another picture")
    },
  },
  {
    title: "Each tells what they think of it (XEP-0444)",
    async play({ client, contact, fake, transcript }) {
      client.mark()
      const sent = fake.bot.sent.findLast(({ content }) => content?.photo)
      transcript.line("network", "→", "❤ (to the photo)")
      fake.api.react(fake.bot, fake.ana, sent?.id ?? 0, ["❤"])
      const told = await client.waitFor((el) => el.getChild("reactions", "urn:xmpp:reactions:0") !== undefined, {
        timeout: patience,
        what: "Ana's reaction",
      })
      transcript.line("xmpp", "←", `Ana thinks of it ${reactionsIn(told).split(": ")[1]}`)
      const caption = await client.waitForMessage(contact, "My balcony", { timeout: patience, since: 0 })
      transcript.line("xmpp", "→", "👍 (to «My balcony»)")
      await client.send(`<message to='${contact}' type='chat' id='${client.id()}'>${reacting(caption.attrs["id"] ?? "", "👍")}</message>`)
      await fake.api.waitFor(() => fake.bot.reactions.some(({ emoji }) => emoji.includes("👍")), "Ana to see what he thinks", patience)
      transcript.line("network", "←", "👍 (to her photo)")
    },
  },
]
