// Ten channels of all kinds with people in them, and numbered texts for both directions.
import assert from "node:assert/strict"
import { type Channel, ChannelType, type Guild, type Message, type Person } from "../fakes/discord/index.js"

/** What survives Discord's markup and XEP-0393 as it is. */
const words = ["你好,世界", "𠮷野家", "👨‍👩‍👧‍👦", "👩🏽‍🚀", "é vs e\u0301", "שלום עולם", "नमस्ते", "two\nlines", "plain words", "5 & 7"]

/** Numbered from 0. */
export function texts(next: () => number, count: number, who: string): string[] {
  const word = (): string => words[Math.floor(next() * words.length)] ?? ""
  return Array.from({ length: count }, (_, n) => `m${n} ${who} ${word()} ${word()}`)
}

/** NaN: none of these texts. */
export function numberOf(text: string): number {
  return Number(/^m(\d+) /.exec(text)?.[1] ?? NaN)
}

/** One channel: what either side wrote, and what the other has of it. */
export interface Strand {
  channel: Channel
  room: string
  person: Person
  /** Index of the guest who writes here. */
  writer: number
  /** Texts by number, from 0. */
  toXmpp: string[]
  toDiscord: string[]
  /** Said by the person so far. */
  said: Message[]
  /** Of each guest: how many of the person's, and of the writer's, they have read. */
  read: number[]
  reflected: number[]
  /** Numbers in the order they came to Discord, doubles included. */
  came: number[]
  /** What people did later, by number: another text, or null for deleted. */
  changes: Map<number, string | null>
}

/** Text channels, a voice channel's text, threads and posts of a forum. */
export function tenOf(guild: Guild, someone: Person): Channel[] {
  const category = guild.makeChannel({ name: "City", type: ChannelType.GuildCategory })
  const texts = ["square", "market", "garden", "tomb"].map((name) => guild.makeChannel({ name, parent: category }))
  const voice = guild.makeChannel({ name: "balcony", type: ChannelType.GuildVoice, parent: category })
  const forum = guild.makeChannel({ name: "quarrels", type: ChannelType.GuildForum })
  const posts = ["thumbs", "swords"].map((name) => forum.makePost(someone, { name, first: `about ${name}` }))
  const [square, market] = texts
  assert.ok(square && market)
  const threads = [square, market].map((channel) => channel.makeThread(someone, { name: `under ${channel.name}` }))
  const announcements = guild.makeChannel({ name: "proclamations", type: ChannelType.GuildAnnouncement })
  return [...texts, voice, announcements, ...threads, ...posts]
}
