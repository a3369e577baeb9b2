// People who write with users of a shared account: invitations followed, requests made, what each is told.
import type { Element } from "@xmpp/xml"
import { domain, type Play, type PlayOptions } from "./core-kit.js"
import { answer, chat, command, juliet, prove, romeo, sharedPlay } from "./identity-kit.js"

/** A foreign person. */
export const mercutio = "99"

/** The JID of a person, as users of the account «main» know it. */
export const jidOf = (person: string): string => `${person}!main@${domain}`

/** Romeo is the person 1 and Juliet the person 2; Mercutio is nobody's yet. */
export async function verona(options: PlayOptions = {}): Promise<Play> {
  const play = await sharedPlay(options)
  play.network.person({ id: mercutio, name: "Mercutio" })
  await prove(play, romeo, "1")
  await prove(play, juliet, "2")
  return play
}

/** An invite link of the user's; resolves with its code. */
export async function invitation(play: Play, user: string, how = "1 7"): Promise<string> {
  const shown = await chat(play, user, `invite ${how}`)
  const code = /link ([a-z2-7]{10,})/.exec(shown)?.[1]
  if (code === undefined) throw new Error(shown)
  return code
}

/** Mercutio follows an invitation of the user's, who is told. */
export async function befriended(play: Play, user: string, person = mercutio): Promise<void> {
  const there = await command(play, person, "start", await invitation(play, user))
  if (!there.startsWith("You write with")) throw new Error(there)
  await answer(play, user)
}

/** Says something to the shared account; resolves when the gateway has taken it. */
export async function says(play: Play, text: string, more: { reply?: string; from?: string; id?: string } = {}): Promise<string> {
  const { from = mercutio, ...rest } = more
  const id = play.network.say({ account: "main", from, text, ...rest })
  await play.drained("main")
  return id
}

/** What a user says to Mercutio; resolves with the receipt, or the error that comes back. */
export async function writes(play: Play, user: string, text: string, id = `w${Math.random()}`): Promise<Element> {
  play.server.send(
    `<message from='${user}' to='${jidOf(mercutio)}' type='chat' id='${id}'><body>${text}</body><request xmlns='urn:xmpp:receipts'/></message>`,
  )
  return play.server.expect(
    (el) =>
      el.name === "message" &&
      el.attrs["to"] === user &&
      (el.attrs["id"] === id || el.getChild("received", "urn:xmpp:receipts")?.attrs["id"] === id),
  )
}

/** The text of the next message from Mercutio to this user. */
export async function hears(play: Play, user: string): Promise<string> {
  const [bare] = user.split("/")
  const el = await play.server.expect(
    (one) =>
      one.name === "message" &&
      one.attrs["from"] === jidOf(mercutio) &&
      one.attrs["to"]?.split("/")[0] === bare &&
      one.getChildText("body") !== null,
  )
  return el.getChildText("body") ?? ""
}

/** Nobody has heard anything that was not asked for by `hears`. */
export function silent(play: Play): void {
  play.server.refute((el: Element) => el.name === "message" && el.attrs["from"] === jidOf(mercutio) && el.getChildText("body") !== null)
}

/** All that the account has said to Mercutio so far, once there are so many. */
export async function told(play: Play, count: number): Promise<string[]> {
  return (await play.told("send", count, { to: mercutio })).map(({ text = "" }) => text)
}
