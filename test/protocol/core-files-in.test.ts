// Files that people on the network show, on their way to XMPP clients: each a stanza, in order, fetched beside the lanes.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { NewFile } from "xferry-adapter-loopback"
import { AdapterError } from "#src/adapter/errors.js"
import { laneWaitMs } from "#src/core/files/shares.js"
import { Play, domain } from "../support/core-kit.js"
import { FakeMedia } from "../support/fake-media.js"
import { ManualTimers } from "../support/manual-timers.js"

const romeo = "romeo@example.test/orchard"
const sfs = "urn:xmpp:sfs:0"
const photo: NewFile = { name: "balcony.jpg", mime: "image/jpeg", kind: "image", bytes: 2000, width: 640, height: 480, alt: "A balcony" }
const song: NewFile = { name: "song.ogg", mime: "audio/ogg", kind: "voice", seconds: 2.5 }

class Stage {
  readonly media = new FakeMedia()
  readonly timers = new ManualTimers()
  readonly #gates = new Map<string, { open: Promise<void>; release: () => void }>()
  play!: Play

  async open(): Promise<this> {
    this.play = await Play.open({ seams: { media: () => this.media, clock: this.timers } })
    await this.play.register(romeo)
    this.media.beforeShare = ({ name }) => this.#gates.get(name)?.open
    return this
  }

  person(): string {
    const id = `p-${randomUUID().slice(0, 8)}`
    this.play.network.person({ id })
    return id
  }

  /** Files of this name are not there until `release` is called. */
  hold(name: string): { release: () => void } {
    let release = (): void => undefined
    const open = new Promise<void>((resolve) => (release = resolve))
    const gate = { open, release: () => (this.#gates.delete(name), release()) }
    this.#gates.set(name, gate)
    return gate
  }

  /** The person says something; resolves with its id on the network when it is committed. */
  async says(from: string, text: string, more: Partial<Parameters<Play["network"]["say"]>[0]> = {}): Promise<string> {
    const id = this.play.network.say({ account: "romeo", from, text, ...more })
    await this.play.drained()
    return id
  }

  /** The next stanza of this person. */
  async from(person: string): Promise<Element> {
    return this.play.server.expect((el) => el.name === "message" && el.attrs["from"] === `${person}@${domain}`)
  }

  async take(person: string, count: number): Promise<Element[]> {
    const all: Element[] = []
    while (all.length < count) all.push(await this.from(person))
    return all
  }

  /** Nothing else of this person came by now. */
  async silent(person: string): Promise<void> {
    await this.play.sync()
    this.play.server.refute((el) => el.name === "message" && el.attrs["from"] === `${person}@${domain}`)
  }
}

const body = (el: Element | undefined): string => el?.getChildText("body") ?? ""
const idOf = (el: Element | undefined): string => el?.attrs["id"] ?? ""
const retracts = (el: Element): string | undefined => el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"]
const replaces = (el: Element): string | undefined => el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
const answers = (el: Element | undefined): Record<string, string | undefined> | undefined =>
  el?.getChild("reply", "urn:xmpp:reply:0")?.attrs

function isFile(el: Element | undefined, name: string): void {
  const url = body(el)
  assert.match(url, new RegExp(`^https://.*${encodeURIComponent(name)}$`))
  assert.equal(el?.getChild("x", "jabber:x:oob")?.getChildText("url"), url, "out of band it is the same address")
  assert.equal(el?.getChild("file-sharing", sfs)?.getChild("file")?.getChildText("name"), name)
}

describe("files in direct chats", () => {
  const stage = new Stage()
  before(() => stage.open())
  after(() => stage.play.close())

  test("each file is a stanza with all that is known of it, then comes the text", async () => {
    const person = stage.person()
    await stage.says(person, "look, and *listen*", { files: [photo, song] })
    const [first, second, text] = await stage.take(person, 3)
    isFile(first, "balcony.jpg")
    isFile(second, "song.ogg")
    const id = idOf(text)
    assert.deepEqual([idOf(first), idOf(second), body(text)], [`${id}.f1`, `${id}.f2`, "look, and *listen*"])
    const sharing = first?.getChild("file-sharing", sfs)
    const file = sharing?.getChild("file", "urn:xmpp:file:metadata:0")
    const told = ["media-type", "size", "width", "height", "desc"].map((name) => file?.getChildText(name))
    assert.deepEqual(told, ["image/jpeg", "2000", "640", "480", "A balcony"])
    assert.match(file?.getChildText("hash") ?? "", /^[\w+/]{43}=$/)
    assert.equal(sharing?.getChild("sources")?.getChildren("url-data")[0]?.attrs["target"], body(first))
    assert.equal(first?.getChild("fallback", "urn:xmpp:fallback:0")?.attrs["for"], sfs)
    assert.equal(second?.getChild("file-sharing", sfs)?.getChild("file")?.getChildText("length"), "2500", "in milliseconds")
  })

  test("the lane keeps its order while a file is fetched; other chats do not wait", async () => {
    const [person, other] = [stage.person(), stage.person()]
    const gate = stage.hold("slow.jpg")
    await stage.says(person, "before")
    await stage.says(person, "with it", { files: [{ ...photo, name: "slow.jpg" }] })
    await stage.says(person, "after", { files: [photo] })
    await stage.says(other, "meanwhile", { files: [photo] })
    assert.equal(body(await stage.from(person)), "before")
    await stage.take(other, 2)
    await stage.silent(person)
    gate.release()
    const [slow, text, quick, last] = await stage.take(person, 4)
    isFile(slow, "slow.jpg")
    assert.equal(body(text), "with it")
    isFile(quick, "balcony.jpg")
    assert.equal(body(last), "after")
  })

  test("after 30 s the lane goes on; the file follows by itself, and all of it is taken back together", async () => {
    const person = stage.person()
    const gate = stage.hold("late.jpg")
    const id = await stage.says(person, "caption", { files: [{ ...photo, name: "late.jpg" }] })
    await stage.silent(person)
    stage.timers.advance(laneWaitMs - 1)
    await stage.silent(person)
    stage.timers.advance(1)
    const [instead, caption] = await stage.take(person, 2)
    assert.equal(body(instead), "[image: late.jpg, 2 kB] A balcony is on its way.")
    assert.equal(body(caption), "caption")
    gate.release()
    const late = await stage.from(person)
    isFile(late, "late.jpg")
    assert.equal(idOf(late), `${idOf(caption)}.f2`)
    stage.play.network.retract({ account: "romeo", from: person, ids: [id] })
    const taken = await stage.take(person, 3)
    assert.deepEqual(taken.map(retracts).sort(), [idOf(caption), idOf(instead), idOf(late)].sort())
    assert.deepEqual(stage.play.rows("SELECT lane FROM outbox WHERE lane LIKE 'late:%'"), [])
  })

  test("what was taken back while it was fetched is never shown", async () => {
    const person = stage.person()
    const gate = stage.hold("secret.jpg")
    const id = await stage.says(person, "", { files: [{ ...photo, name: "secret.jpg" }] })
    stage.timers.advance(laneWaitMs)
    assert.match(body(await stage.from(person)), /on its way/)
    stage.play.network.retract({ account: "romeo", from: person, ids: [id] })
    await stage.take(person, 2)
    gate.release()
    await stage.says(person, "next")
    assert.equal(body(await stage.from(person)), "next")
  })

  test("a file that cannot be had is told of: what it is, and why", async () => {
    const person = stage.person()
    await stage.says(person, "look", { files: [{ ...photo, gone: true }] })
    const [file, text] = await stage.take(person, 2)
    assert.match(body(file), /^\[image: balcony\.jpg, 2 kB\] A balcony could not be fetched: .+/)
    assert.equal(file?.getChild("x", "jabber:x:oob"), undefined)
    assert.equal(body(text), "look")
    await stage.says(person, "", { files: [{ ...photo, bytes: 30_000_000 }] })
    assert.match(body(await stage.from(person)), /30 MB\].* larger than the 20 MB/)
  })

  test("a failure that passes is tried again", async () => {
    const person = stage.person()
    let failures = 0
    const { beforeShare } = stage.media
    stage.media.beforeShare = () => {
      if (failures++ === 0) throw new AdapterError("retry", "Not now.", { retryAfterMs: 7000 })
    }
    await stage.says(person, "", { files: [photo] })
    await stage.silent(person)
    stage.timers.advance(7000)
    isFile(await stage.from(person), "balcony.jpg")
    stage.media.beforeShare = beforeShare
  })

  test("edits: of the caption, of one that was not there, of files", async () => {
    const person = stage.person()
    const id = await stage.says(person, "", {
      files: [
        { ...photo, stableId: "a" },
        { ...song, stableId: "b" },
      ],
    })
    const [one, two] = await stage.take(person, 2)
    const message = idOf(one).replace(".f1", "")
    const edit = async (text: string, files?: NewFile[]): Promise<void> => {
      stage.play.network.edit({ account: "romeo", from: person, id, text, ...(files && { files }) })
      await stage.play.drained()
    }
    await edit("now with words", [
      { ...photo, stableId: "a" },
      { ...song, stableId: "b" },
    ])
    const added = await stage.from(person)
    assert.deepEqual([idOf(added), body(added), replaces(added)], [message, "now with words", undefined])
    await edit("other words")
    const corrected = await stage.from(person)
    assert.deepEqual([body(corrected), replaces(corrected)], ["other words", message])
    await edit("", [
      { ...photo, name: "new.jpg", stableId: "c" },
      { ...song, stableId: "b" },
    ])
    const [fresh, ...gone] = await stage.take(person, 3)
    isFile(fresh, "new.jpg")
    assert.equal(idOf(fresh), `${message}.f3`)
    assert.deepEqual(gone.map(retracts).sort(), [message, idOf(one)].sort())
    stage.play.network.retract({ account: "romeo", from: person, ids: [id] })
    assert.deepEqual((await stage.take(person, 2)).map(retracts), [idOf(two), idOf(fresh)])
  })

  test("a reply points to what is answered, both ways and at any of its stanzas", async () => {
    const person = stage.person()
    const id = await stage.says(person, "", { files: [photo, song] })
    const [, second] = await stage.take(person, 2)
    const said = randomUUID()
    const quoted = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='7'/></fallback>"
    const speak = (own: string, of: string): void =>
      stage.play.server.send(
        `<message from='${romeo}' to='${person}@${domain}' type='chat' id='${own}'><body>&gt; song\nlovely</body>${quoted}
          <reply xmlns='urn:xmpp:reply:0' to='${person}@${domain}' id='${of}'/></message>`,
      )
    speak(said, idOf(second))
    const [sent] = await stage.play.told("send", 1, { to: person })
    assert.deepEqual([sent?.text, sent?.reply], ["lovely", id])
    speak(randomUUID(), "nobody-knows")
    const [, unknown] = await stage.play.told("send", 2, { to: person })
    assert.deepEqual([unknown?.text, unknown?.reply], ["> song\nlovely", undefined], "the quotation is all there is")
    await stage.says(person, "is it", { reply: sent?.id ?? "" })
    const answer = await stage.from(person)
    assert.deepEqual([answers(answer)?.["id"], answers(answer)?.["to"]], [said, "romeo@example.test"])
    await stage.says(person, "", { reply: id, files: [photo] })
    const shown = await stage.from(person)
    isFile(shown, "balcony.jpg")
    assert.equal(answers(shown)?.["id"], idOf(second).replace("f2", "f1"))
    await stage.says(person, "hm", { reply: "long-ago", quote: "what was" })
    assert.equal(body(await stage.from(person)), "> what was\nhm")
  })

  test("what is said of an album is said once", async () => {
    const person = stage.person()
    const extras = [{ type: "forward", name: "Nurse" } as const]
    for (const name of ["1.jpg", "2.jpg"]) await stage.says(person, "", { files: [{ ...photo, name }], group: "album", extras })
    const [one, line, two] = await stage.take(person, 3)
    isFile(one, "1.jpg")
    assert.match(body(line), /Nurse/)
    isFile(two, "2.jpg")
    await stage.silent(person)
  })

  test("a restart takes up what was not there yet, in order, and what was late", async () => {
    const [person, other] = [stage.person(), stage.person()]
    const gates = [stage.hold("one.jpg"), stage.hold("two.jpg")]
    await stage.says(other, "", { files: [{ ...photo, name: "two.jpg" }] })
    stage.timers.advance(laneWaitMs)
    assert.match(body(await stage.from(other)), /on its way/)
    await stage.says(person, "caption", { files: [{ ...photo, name: "one.jpg" }] })
    await stage.says(person, "after")
    await stage.play.away(() => gates.forEach(({ release }) => release()))
    isFile(await stage.from(person), "one.jpg")
    assert.deepEqual((await stage.take(person, 2)).map(body), ["caption", "after"])
    isFile(await stage.from(other), "two.jpg")
    await stage.play.empty("SELECT lane, op FROM outbox")
  })
})
