// A group, supergroup, forum or channel on the fake, and what people do in it.
//
// What the description cannot say, and where it is taken from (docs: core.telegram.org/bots; server: tdlib/telegram-bot-api, Client.cpp):
// - Ids: supergroups and channels below -10^12, basic groups above (server, get_supergroup_chat_id). Message ids count for each
//   supergroup and channel; in basic groups they are the bot's own, shared with its private chats (core.telegram.org/api/channel).
// - Privacy mode: commands, answers to the bot, service messages; administrators and bots without it see all (docs, features#privacy-mode).
// - A bot gets no messages of its own or of other bots, but service messages of its own doing (server, need_skip_update_message).
// - chat_member only to administrators that asked for it by name (docs, Update). None of it tells of deletions.
// - What answers nothing in a topic has the topic's creation as reply_to_message (server, get_implicit_reply_to_message_id).
// - In a chat's own name: from 1087968824 (the group), 136817688 (a channel), 777000 (its automatic forward) (server, init_message).
// - The General topic has no thread (server, get_forum_topic_id).
import type { Chat, ChatMember, ChatPermissions, Message, User } from "node-telegram-bot-api"
import { type Bot, userOf } from "./bot.js"
import type { Params } from "./methods.js"
import { type Post, Posts } from "./posts.js"
import { countIn, reactIn } from "./reacting.js"
import { everyPermission, has, isAdmin, isIn, type Right, type Seat, seatOf, shown, type Status, type Type } from "./seats.js"

export interface Topic {
  name: string
  closed: boolean
  creation: Post
  by: number
}

/** What a group needs of the fake around it. */
export interface World {
  readonly bots: readonly Bot[]
  readonly seconds: number
  /** Anybody who exists, in the group or not. */
  user(id: number): User | undefined
  groupOf(fields: GroupFields): Group
}

export interface GroupFields {
  /** Default: the next that is free. */
  id?: number
  type?: Type
  title: string
  /** Of a supergroup: it has topics. */
  forum?: boolean
  description?: string
  username?: string
  permissions?: ChatPermissions
  slowSeconds?: number
  owner: User
}

/** `as`: in the group's own name, or a channel's. `thread`: topic. `replyTo`: what it answers. */
export interface How {
  as?: "anonymous" | Group
  signature?: string
  thread?: number
  replyTo?: Post
}

const anonymousBot = { id: 1_087_968_824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" }
const channelBot = { id: 136_817_688, is_bot: true, first_name: "Channel", username: "Channel_Bot" }
const telegram = { id: 777_000, is_bot: false, first_name: "Telegram" }

export class Group {
  readonly id: number
  readonly type: Type
  title: string
  description: string | undefined
  readonly username: string | undefined
  readonly forum: boolean
  permissions: ChatPermissions
  readonly slowSeconds: number | undefined
  readonly seats = new Map<number, Seat>()
  readonly topics = new Map<number, Topic>()
  readonly posts: Posts
  readonly pinned = new Set<Post>()
  readonly links: { link: string; limit?: number; until?: number }[] = []
  /** The discussion group of a channel. */
  linked: Group | undefined
  /** Of a basic group that is no more. */
  movedTo: Group | undefined
  deleted = false
  /** Emoji that may be set; absent: all. */
  reactions: readonly string[] | undefined
  /** Its picture. */
  photo: Uint8Array | undefined
  generalHidden = false
  generalClosed = false

  constructor(
    id: number,
    private readonly world: World,
    fields: GroupFields,
  ) {
    this.id = id
    this.type = fields.type ?? "supergroup"
    this.title = fields.title
    this.description = fields.description
    this.username = fields.username
    this.forum = fields.forum ?? false
    this.permissions = { ...everyPermission(true), ...fields.permissions }
    this.slowSeconds = fields.slowSeconds
    this.posts = new Posts(this.type === "group")
    this.seats.set(fields.owner.id, seatOf(fields.owner, "creator"))
  }

  get chat(): Chat {
    const { id, type, title, username, forum } = this
    return { id, type, title, ...(username !== undefined && { username }), ...(forum && { is_forum: true }) }
  }

  get owner(): User {
    return [...this.seats.values()].find(({ status }) => status === "creator")!.user
  }

  seat(user: User): Seat {
    return this.seats.get(user.id) ?? seatOf(user, "left")
  }

  /** As getChatMember shows it. */
  shown(seat: Seat, viewer: Bot): ChatMember {
    return shown(seat, this.type, viewer.user.id)
  }

  known(id: number): User | undefined {
    return this.seats.get(id)?.user ?? this.world.user(id)
  }

  get memberCount(): number {
    return [...this.seats.values()].filter(isIn).length
  }

  /** Bots that are in it. */
  get bots(): Bot[] {
    return this.world.bots.filter((bot) => isIn(this.seat(bot.user)))
  }

  // ---- who is there
  /** Somebody adds the bot. */
  addBot(bot: Bot, by: User = this.owner, rights?: readonly Right[]): void {
    this.join(bot.plainUser, by)
    if (rights) this.promote(bot.plainUser, rights, { by })
  }

  /** Comes by themselves, or is added by somebody. */
  join(user: User, by: User = user): void {
    if (isIn(this.seat(user))) return
    this.setSeat(seatOf(user, "member"), by)
    if (this.type !== "channel") this.service(by, { new_chat_members: [user] })
  }

  leave(user: User): void {
    this.#remove(user, user, "left")
  }

  kick(user: User, by: User = this.owner): void {
    this.#remove(user, by, "kicked")
    if (this.type !== "group") this.setSeat(seatOf(user, "left"), by)
  }

  ban(user: User, by: User = this.owner): void {
    this.#remove(user, by, this.type === "group" ? "left" : "kicked")
  }

  unban(user: User, by: User = this.owner): void {
    if (this.seat(user).status === "kicked") this.setSeat(seatOf(user, "left"), by)
  }

  /** No rights: an ordinary member again. */
  promote(
    user: User,
    rights: readonly Right[],
    { by = this.owner, title, anonymous }: { by?: User; title?: string; anonymous?: boolean } = {},
  ): void {
    const seat: Seat = { ...seatOf(user, rights.length > 0 ? "administrator" : "member", rights), appointedBy: by.id }
    this.setSeat({ ...seat, ...(title !== undefined && { title }), ...(anonymous !== undefined && { anonymous }) }, by)
  }

  restrict(user: User, permissions: ChatPermissions, by: User = this.owner): void {
    const lifted = Object.values(everyPermission(true)).length === Object.values(permissions).filter(Boolean).length
    this.setSeat(lifted ? seatOf(user, "member") : { ...seatOf(user, "restricted"), permissions }, by)
  }

  setSeat(next: Seat, by: User): void {
    const before = this.seat(next.user)
    this.seats.set(next.user.id, next)
    for (const bot of this.world.bots) {
      const mine = bot.user.id === next.user.id
      if (!mine && !(isIn(this.seat(bot.user)) && isAdmin(this.seat(bot.user)))) continue
      const [old_chat_member, new_chat_member] = [before, next].map((seat) => this.shown(seat, bot))
      const change = { chat: this.chat, from: by, date: this.world.seconds, old_chat_member, new_chat_member }
      bot.push(mine ? { my_chat_member: change } : { chat_member: change })
    }
  }

  // ---- what is said
  /** A person says something. */
  say(user: User, what: string | Params, how: How = {}): Post {
    const content = typeof what === "string" ? { text: what } : what
    return this.#post({ ...this.#sender(user, how), ...content }, how)
  }

  /** Of a channel: `signature` is its author's. It appears in the discussion group, too. */
  post(what: string | Params, { signature, replyTo }: Pick<How, "signature" | "replyTo"> = {}): Post {
    const content = typeof what === "string" ? { text: what } : what
    const signed = signature !== undefined && { author_signature: signature }
    const post = this.#post({ sender_chat: this.chat, ...signed, ...content }, { ...(replyTo && { replyTo }) })
    const [bot] = this.bots
    const origin = { type: "channel", date: this.world.seconds, chat: this.chat, message_id: bot ? post.id(bot) : 1, ...signed }
    const forward = { from: telegram, sender_chat: this.chat, is_automatic_forward: true, forward_origin: origin, ...content }
    if (this.linked) this.linked.#post(forward, {})
    return post
  }

  /** Its author edits it. */
  edit(post: Post, text: string): void {
    const { entities: _, ...rest } = post.message
    post.message = { ...rest, ...(rest.text === undefined ? { caption: text } : { text }), edit_date: this.world.seconds }
    this.#tell(post, this.type === "channel" ? "edited_channel_post" : "edited_message", false)
  }

  /** Nobody is told: the Bot API has no update for it. */
  remove(post: Post): void {
    post.deleted = true
  }

  /** All that somebody thinks of it now. */
  react(by: User | { as: Chat }, post: Post, emoji: readonly string[]): void {
    reactIn(this.chat, this.#administrators, post, by, emoji)
  }

  /** Of a channel: how many think what. */
  countReactions(post: Post, counts: Record<string, number>): void {
    countIn(this.chat, this.#administrators, post, counts)
  }

  get #administrators(): Bot[] {
    return this.bots.filter((bot) => isAdmin(this.seat(bot.user)))
  }

  pin(user: User, post: Post, how: How = {}): void {
    this.pinned.add(post)
    this.#post({ ...this.#sender(user, how) }, { thread: post.message.message_thread_id, pins: post, service: true })
  }

  // ---- what changes
  setTitle(title: string, by: User = this.owner, how: How = {}): void {
    this.title = title
    this.#post({ ...this.#sender(by, how), new_chat_title: title }, { service: true })
  }

  makeTopic(name: string, by: User = this.owner): number {
    const thread = this.posts.next
    const creation = { forum_topic_created: { name, icon_color: 7322096 }, message_thread_id: thread, is_topic_message: true }
    const post = this.#post({ ...this.#sender(by, {}), ...creation }, { service: true })
    this.topics.set(thread, { name, closed: false, creation: post, by: by.id })
    return thread
  }

  renameTopic(thread: number, name: string, by: User = this.owner): void {
    this.topics.get(thread)!.name = name
    this.service(by, { forum_topic_edited: { name } }, thread)
  }

  /** Without thread: General. */
  closeTopic(thread: number | undefined, closed: boolean, by: User = this.owner): void {
    if (thread === undefined) this.generalClosed = closed
    else this.topics.get(thread)!.closed = closed
    this.service(by, closed ? { forum_topic_closed: {} } : { forum_topic_reopened: {} }, thread)
  }

  hideGeneral(hidden: boolean, by: User = this.owner): void {
    this.generalHidden = hidden
    if (hidden) this.generalClosed = true
    this.service(by, hidden ? { general_forum_topic_hidden: {} } : { general_forum_topic_unhidden: {} })
  }

  /** Nobody is told. */
  deleteTopic(thread: number): void {
    this.topics.delete(thread)
  }

  /** A basic group becomes a supergroup: other id, ids from 1. `tellsLeft`: also as if the bots had left the old one; `silent`: untold. */
  migrate(by: User = this.owner, { reversed = false, tellsLeft = false, silent = false } = {}): Group {
    const next = this.world.groupOf({ type: "supergroup", title: this.title, owner: this.owner, permissions: this.permissions })
    for (const [id, seat] of this.seats) next.seats.set(id, { ...seat })
    const steps = [
      () => this.service(by, { migrate_to_chat_id: next.id }),
      () => next.#post({ ...next.#sender(by, {}), migrate_from_chat_id: this.id }, { service: true }),
    ]
    if (tellsLeft) for (const bot of this.bots) this.#tellLeft(bot, by)
    if (!silent) for (const step of reversed ? steps.reverse() : steps) step()
    this.movedTo = next
    return next
  }

  /** Somebody changes the picture. */
  setPhoto(photo: Uint8Array, by: User = this.owner): void {
    this.photo = photo
    const size = (side: number) => ({ ...this.photoFile(side), width: side, height: side, file_size: photo.length })
    this.service(by, { new_chat_photo: [size(160), size(640)] })
  }

  removePhoto(by: User = this.owner): void {
    this.photo = undefined
    this.service(by, { delete_chat_photo: true })
  }

  photoFile(side: number): { file_id: string; file_unique_id: string } {
    const unique = `${side}-${Buffer.from(this.photo ?? [])
      .toString("hex")
      .slice(-16)}`
    return { file_id: `photo${this.id}-${unique}`, file_unique_id: unique }
  }

  /** What Telegram itself says, on behalf of somebody. */
  service(by: User, content: Params, thread?: number): Post {
    return this.#post({ ...this.#sender(by, {}), ...content }, { ...(thread !== undefined && { thread }), service: true })
  }

  /** A bot sends; no bot gets it. */
  sentBy(bot: Bot, content: Params, how: { thread?: number | undefined; replyTo?: Post | undefined }): Post {
    const sender = this.type === "channel" ? { sender_chat: this.chat } : { from: bot.plainUser }
    return this.#add({ ...sender, ...content }, how)
  }

  #tellLeft(bot: Bot, by: User): void {
    const [old_chat_member, new_chat_member] = (["member", "left"] satisfies Status[]).map((status) =>
      this.shown(seatOf(bot.user, status), bot),
    )
    bot.push({ my_chat_member: { chat: this.chat, from: by, date: this.world.seconds, old_chat_member, new_chat_member } })
  }

  #remove(user: User, by: User, status: "left" | "kicked"): void {
    if (!isIn(this.seat(user))) return
    // Whom a basic group has removed can come back.
    if (this.type !== "channel") this.service(by, { left_chat_member: user })
    this.setSeat(seatOf(user, status), by)
  }

  #sender(user: User, { as, signature }: How): Params {
    const signed = signature !== undefined && { author_signature: signature }
    if (as === "anonymous") return { from: anonymousBot, sender_chat: this.chat, ...signed }
    if (as) return { from: channelBot, sender_chat: as.chat, ...signed }
    if (this.type === "channel") return { sender_chat: this.chat, ...signed }
    const title = this.type === "supergroup" ? this.seat(user).title : undefined
    return { from: userOf(user), ...(title !== undefined && { sender_tag: title }) }
  }

  #post(content: Params, how: { thread?: number | undefined; replyTo?: Post; pins?: Post; service?: boolean }): Post {
    const post = this.#add(content, how)
    this.#tell(post, this.type === "channel" ? "channel_post" : "message", how.service === true)
    return post
  }

  #add(
    content: Params,
    { thread, replyTo, pins }: { thread?: number | undefined; replyTo?: Post | undefined; pins?: Post | undefined },
  ): Post {
    const topic = thread !== undefined && this.topics.get(thread)
    const fields = {
      date: this.world.seconds,
      chat: this.chat,
      ...(topic && { message_thread_id: thread, is_topic_message: true }),
      ...content,
    }
    const answered = replyTo ?? (topic ? topic.creation : undefined)
    return this.posts.add(fields as unknown as Message, { replyTo: answered, pins })
  }

  #tell(post: Post, kind: string, service: boolean): void {
    for (const bot of this.world.bots) {
      if (isIn(this.seat(bot.user)) && (service || this.#sees(bot, post))) bot.push({ [kind]: post.seenBy(bot) })
    }
  }

  #sees(bot: Bot, { message, replyTo }: Post): boolean {
    if (this.type === "channel" || isAdmin(this.seat(bot.user)) || bot.user.can_read_all_group_messages === true) return true
    const command = /^\/\w+(@(\w+))?/.exec(message.text ?? "")
    return (command !== null && (command[2] ?? bot.user.username) === bot.user.username) || replyTo?.message.from?.id === bot.user.id
  }

  /** Whether the bot may do what the right is for. */
  permits(bot: Bot, right: Right): boolean {
    return has(this.seat(bot.user), right)
  }
}
