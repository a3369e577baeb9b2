// Discord for xferry by the official bot API: an account is a bot.
import { defineAdapter } from "xferry"
import { capabilities } from "./capabilities.js"
import { Answering } from "./commands/answering.js"
import { entryVerb } from "./commands/entry.js"
import { offer } from "./commands/offer.js"
import { enter } from "./connection/enter.js"
import { explain } from "./connection/errors.js"
import { identity, inviteLink, login } from "./connection/login.js"
import { client } from "./connection/rest.js"
import { Addresses } from "./files/addresses.js"
import { options } from "./options.js"
import { DirectChats } from "./talk/dms.js"
import { messageHandlers } from "./talk/messages.js"
import { reactionHandlers } from "./talk/reactions.js"
import { talkVerbs } from "./talk/send.js"
import { WebhookPool, webhookHandlers } from "./talk/webhooks.js"
import { length } from "./text/length.js"
import { worldPart } from "./world/part.js"
import { contactOf } from "./world/people.js"
import { BotWorld } from "./world/world.js"

export { redact } from "./connection/redact.js"

export default defineAdapter({
  api: 1,
  network: { id: "discord", name: "Discord", discoType: "discord" },
  capabilities,
  options,
  length,
  login,
  async connect(secret, options, host) {
    const rest = client(secret, options, host.signal)
    const { self, user, application, may } = await identity(rest, host.signal).catch((error: unknown) => {
      throw explain(error)
    })
    const world = new BotWorld(self)
    const base = { self: contactOf(user) ?? { id: self }, application, rest, options, host, world, may, addresses: new Addresses() }
    const dms = new DirectChats(base)
    const webhooks = new WebhookPool(base)
    const bot = Object.assign(base, { dms, webhooks })
    const ofWorld = worldPart(bot, world)
    const commands = new Answering(bot).handlers()
    const handlers = [ofWorld.handlers, webhookHandlers(webhooks), commands, messageHandlers(bot), reactionHandlers(bot)]
    const { ended } = await enter({ bot, secret, ...ofWorld, handlers }).catch((error: unknown) => {
      throw explain(error)
    })
    if ([...world.guilds()].length === 0) host.log.info({ invitation: inviteLink(application) }, "the bot is on no server yet")
    void offer(bot)
    return { self: bot.self, ended, ...ofWorld.verbs, ...talkVerbs(bot), ...entryVerb(bot) }
  },
})
