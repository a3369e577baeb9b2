// Pictures of groups: told of by the fake Bot API, fetched by the real adapter.
import assert from "node:assert/strict"
import { afterEach, beforeEach, test } from "node:test"
import type { FileRef } from "xferry"
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
