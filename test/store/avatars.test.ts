// Pictures of foreign people in the store: told, settled, shown to whom, kept by hash within bounds, forgotten.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import type { FileRef } from "#src/adapter/contract.js"
import type { Avatar } from "#src/core/faces/picture.js"
import { contact, count, event, now, rows, world } from "./fixture.js"

const file = (ref: string, stableId?: string): FileRef => ({
  name: "a.png",
  mime: "image/png",
  ref,
  ...(stableId !== undefined && { stableId }),
})
function avatar(fill: number, size = 100): Avatar {
  const data = Buffer.alloc(size, fill)
  return { info: { hash: createHash("sha1").update(data).digest("hex"), mime: "image/png", bytes: size, width: 8, height: 8 }, data }
}
const most = 1 << 20
const settle = { network: "sms", legacyId: "juliet", now, most }
const one = avatar(1)

test("what is told is due until it is settled; then everybody who sees the contact is named", async () => {
  const { store, link, account } = await world()
  const entry = await store.putContact(link, contact({ avatar: file("r1") }), now)
  assert.deepEqual(entry.contact.avatar, { key: "r1", due: true })
  const { room } = await store.putRoom(account, { legacyId: "g1" })
  const met = await store.meetParticipant(room.id, { contact: contact() }, now)
  assert.deepEqual(met.participant.avatar, { key: "r1", due: true })
  assert.deepEqual(await store.avatarOf("sms", "juliet"), { file: file("r1"), state: { key: "r1", due: true } })

  const seen = await store.settleAvatar({ ...settle, key: "r1", avatar: one })
  const shown = { key: "r1", shown: one.info }
  assert.deepEqual(
    seen?.entries.map(({ link: id, entry: { contact: c } }) => [id, c.legacyId, c.avatar]),
    [[link, "juliet", shown]],
  )
  assert.deepEqual(
    seen.participants.map((p) => [p.room, p.nick, p.avatar]),
    [[room.id, "Juliet", shown]],
  )
  assert.deepEqual((await store.rosterEntry(link, "juliet"))?.contact.avatar, shown)
  assert.deepEqual((await store.roster(link))[0]?.contact.avatar, shown)
  assert.deepEqual((await store.findContact(link, "juliet_c"))?.avatar, shown)
  assert.deepEqual(Buffer.from((await store.picture(one.info.hash, now))?.data ?? []), one.data)
  // The same once more is nothing new to anybody.
  assert.deepEqual(await store.settleAvatar({ ...settle, key: "r1", avatar: one }), { entries: [], participants: [] })
})

test("an absent picture is unknown and stays; null is none; another place of the same picture is no other picture", async () => {
  const { store, link } = await world()
  await store.putContact(link, contact({ avatar: file("r1", "same") }), now)
  await store.settleAvatar({ ...settle, key: "same", avatar: one })
  const state = async () => (await store.rosterEntry(link, "juliet"))?.contact.avatar
  await store.putContact(link, contact({ name: "Jules" }), now)
  assert.deepEqual(await state(), { key: "same", shown: one.info })
  await store.putContact(link, contact({ avatar: file("r2", "same") }), now)
  assert.deepEqual(await state(), { key: "same", shown: one.info })
  assert.equal((await store.avatarOf("sms", "juliet"))?.file?.ref, "r2")
  await store.putContact(link, contact({ avatar: file("r3") }), now)
  assert.deepEqual(await state(), { key: "r3", shown: one.info, due: true })
  // What is fetched too late does not count.
  assert.equal(await store.settleAvatar({ ...settle, key: "same", avatar: avatar(9) }), null)
  await store.putContact(link, contact({ avatar: null }), now)
  assert.deepEqual(await state(), { key: "", shown: one.info, due: true })
  assert.equal((await store.settleAvatar({ ...settle, key: "", avatar: null }))?.entries.length, 1)
  assert.deepEqual(await state(), { key: "" })
  assert.equal(await store.settleAvatar({ ...settle, legacyId: "nobody", key: "", avatar: null }), null)
})

test("in a room another picture is news by itself, in every room of the contact", async () => {
  const { store, account } = await world()
  const rooms = [await store.putRoom(account, { legacyId: "g1" }), await store.putRoom(account, { legacyId: "g2" })]
  for (const { room } of rooms) await store.meetParticipant(room.id, { contact: contact({ avatar: null }) }, now)
  const [first] = rooms
  assert.ok(first)
  const again = await store.meetParticipant(first.room.id, { contact: contact({ avatar: null }) }, now)
  assert.equal(again.changed, false)
  const met = await store.renameContact(contact({ avatar: file("r1") }), now)
  assert.deepEqual(
    met.map(({ changed, participant }) => [changed, participant.avatar]),
    rooms.map(() => [true, { key: "r1", due: true }]),
  )
  assert.deepEqual(await store.renameContact(contact({ avatar: file("r1") }), now), [])
  const newcomer = await store.meetParticipant(first.room.id, { contact: contact({ legacyId: "nurse", avatar: file("n") }) }, now)
  assert.deepEqual([newcomer.isNew, newcomer.participant.avatar], [true, { key: "n", due: true }])
})

test("a message brings a picture along", async () => {
  const it = await world()
  const { entry } = await it.store.acceptEvent(event(it, { contact: contact({ avatar: file("r1") }) }))
  assert.deepEqual(entry?.contact.avatar, { key: "r1", due: true })
})

test("one picture of many is kept once; beyond the bound those used longest ago lose their bytes, not their facts", async () => {
  const { store, link, path } = await world()
  for (const legacyId of ["a", "b"]) {
    await store.putContact(link, contact({ legacyId, avatar: file("r1") }), now)
    await store.settleAvatar({ ...settle, legacyId, key: "r1", avatar: one })
  }
  assert.equal(count(path, "avatar"), 1)
  const [two, three] = [avatar(2), avatar(3)]
  await store.putPicture(two, now + 1, 250)
  await store.picture(one.info.hash, now + 2 * 86_400_000)
  await store.putPicture(three, now + 3, 250)
  assert.equal(await store.picture(two.info.hash, now), undefined)
  assert.ok(await store.picture(one.info.hash, now))
  assert.ok(await store.picture(three.info.hash, now))
  // Larger than all that may be kept: it is kept alone.
  await store.putPicture(avatar(4, 300), now + 4, 250)
  assert.equal(rows<{ n: number }>(path, "SELECT count(*) AS n FROM avatar WHERE bytes IS NOT NULL")[0]?.n, 1)
  assert.deepEqual((await store.rosterEntry(link, "a"))?.contact.avatar?.shown, one.info)
  assert.equal(count(path, "avatar"), 4)
})

test("pictures go after the contacts that had them, when nobody asked for them in a while", async () => {
  const { store, link, path } = await world()
  await store.putContact(link, contact({ avatar: file("r1") }), now)
  await store.settleAvatar({ ...settle, key: "r1", avatar: one })
  await store.putPicture(avatar(2), now + 10, most)
  assert.equal(await store.prunePictures(now + 5, 10), 0)
  await store.unregister(link)
  assert.equal(count(path, "contact"), 0)
  assert.equal(await store.prunePictures(now, 10), 0)
  assert.equal(await store.prunePictures(now + 5, 10), 1)
  assert.equal(await store.prunePictures(now + 50, 10), 1)
  assert.equal(count(path, "avatar"), 0)
})
