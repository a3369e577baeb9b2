// Users who show who they are on the network: registering by chat, and handing in codes as a foreign person.
import type { Element } from "@xmpp/xml"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play, type PlayOptions } from "./core-kit.js"

export const romeo = "romeo@example.test/orchard"
export const juliet = "juliet@example.test/balcony"

/** A gateway with the shared account «main», to which users show who they are. */
export async function sharedPlay(more: PlayOptions & { sharedIdentities?: boolean; rooms?: Record<string, string[]> } = {}): Promise<Play> {
  const { sharedIdentities = false, rooms = {}, ...options } = more
  const play = await Play.open({
    adapter: loopback(standard) as unknown as AnyAdapter,
    accounts: { main: rooms },
    proven: { main: { sharedIdentities } },
    ...options,
  })
  await play.network.account("main").whenAttached()
  return play
}

/** Says something to the gateway; resolves with its next answer to this client. */
export async function chat(play: Play, from: string, text: string): Promise<string> {
  play.server.send(`<message from='${from}' to='${domain}' type='chat' id='c${Math.random()}'><body>${text}</body></message>`)
  return answer(play, from)
}

export async function answer(play: Play, to: string): Promise<string> {
  const isAnswer = ({ name, attrs }: Element): boolean =>
    name === "message" && attrs["from"] === domain && attrs["to"]?.split("/")[0] === to.split("/")[0]
  const el = await play.server.expect((one) => isAnswer(one) && one.getChildText("body") !== null)
  return el.getChildText("body") ?? ""
}

/** Registers with «main» by chat; resolves with the code. The dialogue waits. */
export async function codeFor(play: Play, from: string): Promise<string> {
  await chat(play, from, "register")
  const shown = await chat(play, from, "main")
  const code = /link ([a-z2-7]{10,})/.exec(shown)?.[1]
  if (code === undefined) throw new Error(shown)
  return code
}

/** A foreign person says a command to «main»; resolves with the text of the answer. */
export async function command(
  play: Play,
  from: string,
  name: string,
  argument = "",
  more: { room?: string; message?: string } = {},
): Promise<string> {
  return (await play.network.desk.say({ account: "main", from, name, argument, ...more })).text
}

/** From nothing to a proven person. Resolves with what both are told: there, then here. */
export async function prove(play: Play, user: string, person: string): Promise<string[]> {
  const code = await codeFor(play, user)
  const there = await command(play, person, "link", `${code} yes`)
  const here = [await answer(play, user), await answer(play, user)]
  return [there, ...here]
}
