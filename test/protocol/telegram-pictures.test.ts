// Pictures of groups: told of by the fake Bot API, fetched and set by the real adapter.
import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"
import type { FileRef, Upload } from "xferry"
import { Ground, juliet, signal } from "../fakes/telegram/ground.js"

const picture = Buffer.from("ffd8ffe000104a46494600", "hex")
let ground: Ground

beforeEach(async () => {
  ground = new Ground()
  await ground.start()
})
afterEach(() => ground.stop())

const avatarOf = (event: unknown): FileRef | null | undefined => (event as { room?: { avatar?: FileRef | null } }).room?.avatar

test("a group's picture is named by what it is, and can be had", async () => {
  const { host, session } = await ground.connect()
  const verona = ground.fake.makeGroup({ title: "Verona", owner: juliet })
  verona.photo = picture
  verona.addBot(ground.bot, juliet)
  const described = await host.event("a picture", (event) => Boolean(avatarOf(event)))
  const file = avatarOf(described)
  assert.ok(file)
  const { stream, bytes } = await session.download(file, signal)
  assert.deepEqual(Buffer.from(await new Response(stream).arrayBuffer()), picture)
  assert.equal(bytes, picture.length)

  verona.setPhoto(Buffer.concat([picture, Buffer.from([1])]))
  const changed = avatarOf(await host.event("another", (event) => Boolean(avatarOf(event)) && avatarOf(event)?.stableId !== file.stableId))
  assert.ok(changed?.ref)
  assert.equal((await ground.failure(session.download(file, signal))).kind, "rejected")
  verona.photo = undefined
})

test("what Telegram has no more, and an end in the middle", async () => {
  const { session } = await ground.connect()
  const file = { name: "photo.jpg", mime: "image/jpeg", ref: "nothing" }
  assert.equal((await ground.failure(session.download(file, signal))).kind, "rejected")
  await ground.failure(session.download(file, AbortSignal.abort()))
})

test("a group's picture set and taken away; a topic has none; not without the right to it", async () => {
  const { host, session } = await ground.connect()
  const verona = ground.fake.makeGroup({ title: "Verona", owner: juliet, forum: true })
  verona.addBot(ground.bot, juliet, ["can_change_info"])
  const room = String(verona.id)
  const set = (where: string, bytes: Buffer | null) => session.manage({ room: where, do: "avatar", file: bytes && fileOf(bytes) }, signal)
  await set(room, picture)
  assert.deepEqual(Buffer.from(verona.photo ?? []), picture)
  const file = avatarOf(await host.event("the picture", (event) => Boolean(avatarOf(event))))
  assert.equal((await session.room!(room, signal)).avatar?.stableId, file?.stableId)
  assert.ok(!host.events.some(({ type }) => type === "notice"), "what the bot did itself is no news")

  assert.deepEqual(await set(room, null), { room: { id: room, avatar: null } })
  assert.equal(verona.photo, undefined)
  await set(room, null)
  const topic = await ground.failure(set(`${room}/${verona.makeTopic("Balcony")}`, picture))
  assert.deepEqual([topic.kind, topic.message], ["unsupported", "A topic on Telegram has no picture of its own."])
  const text = await ground.failure(set(room, Buffer.from("no picture")))
  assert.deepEqual([text.kind, /damaged/.test(text.message)], ["rejected", true])
  verona.promote(ground.bot.plainUser, ["can_manage_chat"])
  assert.equal((await ground.failure(set(room, picture))).kind, "denied")
})

const fileOf = (bytes: Buffer): Upload => ({
  name: "avatar.jpg",
  mime: "image/jpeg",
  open: () => Promise.resolve(new Blob([new Uint8Array(bytes)]).stream()),
})
