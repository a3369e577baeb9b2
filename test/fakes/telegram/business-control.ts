// Business accounts and presses of buttons, as orders to a fake that runs as a process of its own (control.ts).
//
// POST /control/business/…  each with {bot, connection?}: a username, and the id of a connection
//   connect {from, rights?} → {id}: the person connects their account · change {rights?, enabled?}
//   receives {from, text?, fields?} → {message_id}: somebody writes to the owner · says {to, text?, fields?} → {message_id}: the owner writes in the app
//   edit {message_id, text} · delete {message_ids} · state → {read: ids that the bot marked as read}
// POST /control/press {bot, from, chat, message_id, button} → {id}: presses what is called so
// GET  /control/queries?bot=… → {id: {text, alert} | null}: how presses were answered · /control/commands?bot=… → lists of commands
import type { BusinessBotRights, User } from "node-telegram-bot-api"
import type { Bot } from "./bot.js"
import { type Business, businessOf } from "./business.js"
import type { FakeBotApi, Said } from "./index.js"

interface Order {
  connection?: string
  from: Partial<User> & { id: number }
  to: Partial<User> & { id: number }
  rights?: BusinessBotRights
  enabled?: boolean
  text?: string
  fields?: Record<string, unknown>
  message_id: number
  message_ids: number[]
}

type Act = (business: Business, order: Order, fake: FakeBotApi) => object | void

const said = ({ text, fields }: Order): Said => (fields ? { ...(text !== undefined && { text }), ...fields } : (text ?? ""))

const acts: Record<string, Act> = {
  change: (business, { rights, enabled }) => business.change({ ...(rights && { rights }), ...(enabled !== undefined && { enabled }) }),
  receives: (business, order, fake) => ({ message_id: business.receives(fake.person(order.from), said(order)).message_id }),
  says: (business, order, fake) => ({ message_id: business.says(fake.person(order.to), said(order)).message_id }),
  edit(business, order) {
    const message = business.messages.get(order.message_id)
    if (!message) throw new Error("no such message")
    business.edit(message, said(order))
  },
  delete(business, { message_ids }, fake) {
    const message = business.messages.get(message_ids[0] ?? 0)
    if (!message) throw new Error("no such message")
    business.delete(fake.person({ id: message.chat.id }), message_ids)
  },
  state: ({ read }) => ({ read }),
}

/** Throws where the order cannot be carried out. */
export function actForBusiness(fake: FakeBotApi, bot: Bot, name: string, given: unknown): object | void {
  const order = given as Order
  if (name === "connect") return { id: fake.connect(bot, fake.person(order.from), order.rights).id }
  const act = acts[name]
  if (!act) throw new Error(`no order «business/${name}»`)
  return act(businessOf(bot, order.connection), order, fake)
}
