// A room and its users on the whole stack, for tests of what they say there and what becomes of it.
import { randomUUID } from "node:crypto"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Play, type PlayOptions } from "./core-kit.js"

export const romeo = "romeo@example.test/orchard"
export const phone = "romeo@example.test/phone"
export const mercutio = "mercutio@example.test/street"

/** The loopback network with other capabilities. */
export const variant = (change: object): AnyAdapter => loopback({ ...standard, ...change })
export const without = (...keys: (keyof typeof standard)[]): AnyAdapter =>
  loopback(Object.fromEntries(Object.entries(standard).filter(([key]) => !(keys as string[]).includes(key))) as typeof standard)

export class TalkStage {
  private constructor(
    readonly play: Play,
    readonly room: string,
  ) {}

  /** A room of romeo's own account. */
  static async own(options: PlayOptions = {}): Promise<TalkStage> {
    const play = await Play.open(options)
    await play.register(romeo)
    const room = await play.room({ members: ["juliet"] })
    await play.join(romeo, room, "Romeo")
    return new TalkStage(play, room)
  }

  /** A room of an account of the configuration: romeo and mercutio share it. */
  static async shared(options: PlayOptions = {}): Promise<TalkStage> {
    const play = await Play.open({ ...options, accounts: { main: { "*": ["*"] } } })
    const room = await play.room({ account: "main", members: ["juliet"] }, "main")
    await play.join(romeo, room, "Romeo")
    await play.join(mercutio, room, "Mercutio")
    return new TalkStage(play, room)
  }

  /** What reached the network, so many at least. */
  async texts(count: number): Promise<(string | undefined)[]> {
    return (await this.play.told("send", count)).map(({ text }) => text)
  }

  /** The error that comes for this stanza. */
  async refusal(to: string, id: string): Promise<{ condition: string; text: string }> {
    const answer = await this.play.muc.answered(to, this.room, id, "error")
    const [condition, text] = answer.getChild("error")?.getChildElements() ?? []
    return { condition: condition?.name ?? "", text: text?.getText() ?? "" }
  }

  /** XEP-0424; returns the stanza's id. */
  retract(from: string, target: string): string {
    const id = randomUUID()
    this.play.server.send(
      `<message from='${from}' to='${this.room}' type='groupchat' id='${id}'><retract id='${target}' xmlns='urn:xmpp:message-retract:1'/></message>`,
    )
    return id
  }

  /** XEP-0425. */
  moderate(from: string, target: string): Promise<Element> {
    return this.play.server.ask(
      `<iq type='set' from='${from}' to='${this.room}'><moderate id='${target}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/><reason>rude</reason></moderate></iq>`,
    )
  }

  archived(): { k: string; text: string | null }[] {
    return this.play.rows("SELECT op ->> '$.k' AS k, op ->> '$.text' AS text FROM archive WHERE kind > 0 ORDER BY pos")
  }

  archivedTexts(): (string | null)[] {
    return this.archived().map(({ text }) => text)
  }
}
