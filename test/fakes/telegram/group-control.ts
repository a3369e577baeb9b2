// What people do in groups, as orders to a fake that runs as a process of its own (control.ts).
//
// POST /control/in/…  each with {group, from?}: the group's id, and who does it (default: its owner)
//   add-bot {bot, rights?} · join · leave · kick {user} · ban {user} · unban {user} · promote {user, rights, title?} · restrict {user, permissions}
//   say {text?, fields?, thread?, as?: "anonymous", signature?, reply?} → {message_id} · post {text, signature?} → {message_id}
//   show {kind, …, thread?, as?} → {message_id}: a photo, a poll …, as under /control/show · react {message_id, emoji: […]} · counts {message_id, counts: {emoji: number}}
//   edit {message_id, text} · pin {message_id} · title {text} · migrate → {id}
//   topic {name} → {thread} · rename-topic {thread, name} · close-topic {thread?} · reopen-topic {thread?} · delete-topic {thread}
// `user` is a number, `bot` a username; message ids are those of supergroups and channels, or in a basic group of its first bot.
import type { ChatPermissions, User } from "node-telegram-bot-api"
import type { Group } from "./groups.js"
import type { FakeBotApi } from "./index.js"
import { contentOf, type Kind, shown } from "./kinds.js"
import type { Params } from "./methods.js"
import type { Post } from "./posts.js"
import type { Right } from "./seats.js"

interface Order {
  group: number
  from?: Partial<User> & { id: number }
  user: number
  bot: string
  rights?: Right[]
  title?: string
  permissions: ChatPermissions
  text: string
  fields?: Params
  thread?: number
  as?: "anonymous"
  signature?: string
  reply?: number
  message_id: number
  name: string
  kind: Kind
  emoji: string[]
  counts: Record<string, number>
}

type Act = (group: Group, by: User, order: Order, fake: FakeBotApi) => object | void

const acts: Record<string, Act> = {
  "add-bot"(group, by, { bot, rights }, fake) {
    const found = fake.bots.find(({ user }) => user.username === bot)
    if (!found) throw new Error(`no bot «${bot}»`)
    group.addBot(found, by, rights)
  },
  join: (group, by) => group.join(by),
  leave: (group, by) => group.leave(by),
  kick: (group, by, { user }, fake) => group.kick(fake.person({ id: user }), by),
  ban: (group, by, { user }, fake) => group.ban(fake.person({ id: user }), by),
  unban: (group, by, { user }, fake) => group.unban(fake.person({ id: user }), by),
  promote: (group, by, { user, rights = [], title }) =>
    group.promote(memberOf(group, user), rights, { by, ...(title !== undefined && { title }) }),
  restrict: (group, by, { user, permissions }) => group.restrict(memberOf(group, user), permissions, by),
  say(group, by, { text, fields, thread, as, signature, reply }) {
    const replyTo = reply === undefined ? undefined : postOf(group, reply)
    const how = { thread, as, signature, replyTo }
    const given = Object.fromEntries(Object.entries(how).filter(([, value]) => value !== undefined))
    return named(group, group.say(by, fields ? { ...(text !== undefined && { text }), ...fields } : text, given))
  },
  show(group, by, { thread, as, ...order }, fake) {
    const how = { ...(thread !== undefined && { thread }), ...(as !== undefined && { as }) }
    const what = contentOf(fake.files, ...shown(order))
    return named(group, group.type === "channel" ? group.post(what) : group.say(by, what, how))
  },
  react: (group, by, { message_id, emoji }) => group.react(by, postOf(group, message_id), emoji),
  counts: (group, _, { message_id, counts }) => group.countReactions(postOf(group, message_id), counts),
  post: (group, _, { text, signature }) => named(group, group.post(text, signature === undefined ? {} : { signature })),
  edit: (group, _, { message_id, text }) => group.edit(postOf(group, message_id), text),
  pin: (group, by, { message_id }) => group.pin(by, postOf(group, message_id)),
  title: (group, by, { text }) => group.setTitle(text, by),
  migrate: (group, by) => ({ id: group.migrate(by).id }),
  topic: (group, by, { name }) => ({ thread: group.makeTopic(name, by) }),
  "rename-topic": (group, by, { thread = 0, name }) => group.renameTopic(thread, name, by),
  "close-topic": (group, by, { thread }) => group.closeTopic(thread, true, by),
  "reopen-topic": (group, by, { thread }) => group.closeTopic(thread, false, by),
  "delete-topic": (group, _, { thread = 0 }) => group.deleteTopic(thread),
}

/** Throws where the order cannot be carried out. */
export function actIn(fake: FakeBotApi, name: string, given: unknown): object | void {
  const order = given as Order
  const act = acts[name]
  const group = fake.groups.get(order.group)
  if (!act) throw new Error(`no order «in/${name}»`)
  if (!group) throw new Error(`no group ${order.group}`)
  return act(group, order.from ? fake.person(order.from) : group.owner, order, fake)
}

function memberOf(group: Group, id: number): User {
  const user = group.known(id)
  if (!user) throw new Error(`nobody has the number ${id}`)
  return user
}

function postOf(group: Group, id: number): Post {
  const [bot] = group.bots
  const post = bot && group.posts.find(bot, id)
  if (!post) throw new Error("no such message")
  return post
}

function named(group: Group, post: Post): object {
  const [bot] = group.bots
  return bot ? { message_id: post.id(bot) } : {}
}
