// Files that people show in rooms: told to all who are there, kept in the archive, each in its place.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { NewFile } from "xferry-adapter-loopback"
import { laneWaitMs } from "#src/core/files/shares.js"
import { ArchiveReader } from "../support/archive-reader.js"
import { Play } from "../support/core-kit.js"
import { FakeMedia } from "../support/fake-media.js"
import { ManualTimers } from "../support/manual-timers.js"

const romeo = "romeo@example.test/orchard"
const abbey = "romeo@example.test/abbey"
const photo: NewFile = { name: "balcony.jpg", mime: "image/jpeg", kind: "image", bytes: 2000 }
const url = /^https:\/\/upload\.example\.test\/.*\.jpg$/

const body = (el: Element | undefined): string => el?.getChildText("body") ?? ""
const stanzaId = (el: Element | undefined): string => el?.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs["id"] ?? ""
const retracts = (el: Element): string | undefined => el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"]

describe("files in rooms", () => {
  const media = new FakeMedia()
  const timers = new ManualTimers()
  let play: Play
  let gate: Promise<void> | undefined
  let release = (): void => undefined
  const hold = (): void => {
    gate = new Promise((resolve) => (release = resolve))
  }
  before(async () => {
    media.beforeShare = async ({ name }) => (name === "slow.jpg" ? gate : undefined)
    play = await Play.open({ seams: { media: () => media, clock: timers } })
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.register(romeo)
  })
  after(() => play.close())

  async function joined(): Promise<{ room: string; jid: string }> {
    const room = randomUUID().slice(0, 8)
    const jid = await play.room({ room })
    await play.join(romeo, jid, "Romeo")
    return { room, jid }
  }

  const says = async (room: string, text: string, more: object = {}): Promise<string> => {
    const id = play.network.rooms.say({ room, from: "juliet", text, ...more })
    await play.drained()
    return id
  }

  const heard = (to: string, jid: string): Promise<Element> =>
    play.server.expect((el) => el.name === "message" && el.attrs["to"] === to && (el.attrs["from"] ?? "").startsWith(`${jid}/`))

  async function hear(to: string, jid: string, count: number): Promise<Element[]> {
    const all: Element[] = []
    while (all.length < count) all.push(await heard(to, jid))
    return all
  }

  test("while a file is fetched nobody reads beyond it: neither who is there, nor who comes, nor the archive", async () => {
    const { room, jid } = await joined()
    hold()
    await says(room, "before")
    await says(room, "caption", { files: [{ ...photo, name: "slow.jpg" }] })
    await says(room, "after")
    assert.equal(body(await heard(romeo, jid)), "before")
    const reader = new ArchiveReader(play.server, romeo, jid)
    const early = await reader.page()
    assert.deepEqual([early.texts, early.count, early.complete], [["before"], 1, true])
    const { history } = await play.join(abbey, jid, "Romeo")
    assert.deepEqual(history.map(body), ["before"])
    release()
    for (const client of [romeo, abbey]) {
      const [file, caption, last] = await hear(client, jid, 3)
      assert.match(body(file), url)
      assert.deepEqual([stanzaId(file), body(caption), body(last)], [`${stanzaId(caption)}.f1`, "caption", "after"])
    }
    const late = await reader.page({ set: `<after>${early.last}</after>` })
    assert.match(late.texts[0] ?? "", url)
    assert.deepEqual(late.texts.slice(1), ["caption", "after"])
    assert.equal((await reader.page()).count, 4)
  })

  test("after 30 s the room goes on, the archive too, and the file comes behind", async () => {
    const { room, jid } = await joined()
    hold()
    const id = await says(room, "", { files: [{ ...photo, name: "slow.jpg" }] })
    await says(room, "after")
    await play.sync()
    timers.advance(laneWaitMs)
    const [instead, next] = await hear(romeo, jid, 2)
    assert.deepEqual([body(instead), body(next)], ["[image: slow.jpg, 2 kB] is on its way.", "after"])
    const reader = new ArchiveReader(play.server, romeo, jid)
    assert.deepEqual((await reader.page()).texts, [body(instead), "after"])
    release()
    const late = await heard(romeo, jid)
    assert.match(body(late), url)
    assert.equal(late.attrs["from"], `${jid}/Juliet`)
    assert.deepEqual((await reader.page()).texts, [body(instead), "after", body(late)])
    play.network.rooms.retract({ room, ids: [id], by: "juliet" })
    const taken = await hear(romeo, jid, 2)
    assert.deepEqual(taken.map(retracts), [stanzaId(instead), stanzaId(late)])
    const { results } = await reader.page()
    const tombs = results.filter(({ message }) => message.getChild("retracted", "urn:xmpp:message-retract:1"))
    assert.deepEqual(
      tombs.map(({ uid }) => uid),
      [stanzaId(instead), stanzaId(late)],
    )
  })

  test("a moderator takes back all of a message by any of its stanzas", async () => {
    const { room, jid } = await joined()
    const id = await says(room, "caption", { files: [photo, { ...photo, name: "other.jpg" }] })
    const [one, two, text] = await hear(romeo, jid, 3)
    const iq = `<moderate id='${stanzaId(two)}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>`
    await play.server.ask(`<iq type='set' from='${romeo}' to='${jid}'>${iq}</iq>`)
    await play.told("retract", 1, { room })
    assert.deepEqual(
      play.network.sent.list({ room, kind: "retract" }).map((record) => record.id),
      [id],
    )
    const taken: Element[] = []
    while (taken.length < 3)
      taken.push(await play.server.expect((el) => el.attrs["to"] === romeo && el.attrs["from"] === jid && retracts(el) !== undefined))
    assert.deepEqual(taken.map(retracts), [one, two, text].map(stanzaId))
  })

  test("replies and edits name what clients know; a file that is gone from the message is taken back", async () => {
    const { room, jid } = await joined()
    const id = await says(room, "", {
      files: [
        { ...photo, stableId: "a" },
        { ...photo, name: "other.jpg", stableId: "b" },
      ],
    })
    const [one, two] = await hear(romeo, jid, 2)
    await says(room, "lovely", { reply: id })
    const answer = await heard(romeo, jid)
    assert.equal(answer.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], stanzaId(one))
    assert.equal(body(answer), "> Juliet:\n> [image: balcony.jpg, 2 kB]\nlovely")
    play.roomSay(romeo, jid, "indeed", { reply: stanzaId(two) })
    const [sent] = await play.told("send", 1, { room })
    assert.equal(sent?.reply, id)
    await heard(romeo, jid)
    play.network.rooms.edit({ room, id, text: "words", files: [{ ...photo, stableId: "a" }] })
    const [words, gone] = await hear(romeo, jid, 2)
    assert.deepEqual([body(words), words?.getChild("replace")], ["words", undefined])
    assert.equal(gone && retracts(gone), stanzaId(two))
    play.network.rooms.edit({ room, id, text: "better words" })
    const better = await heard(romeo, jid)
    assert.equal(better.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], words?.attrs["id"])
    assert.deepEqual(
      (await new ArchiveReader(play.server, romeo, jid).page()).texts.filter((text) => text !== null && !text.includes("unsupported")),
      [body(one), body(answer), "> Juliet:\n> [image: other.jpg, 2 kB]\nindeed", "words", "better words"].map((text) => text),
    )
  })
})
