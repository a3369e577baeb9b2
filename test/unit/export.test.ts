// A user's data as a file: put where files are put; one at a time; bounded, and saying so.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { Media } from "#src/core/files/media.js"
import type { BareJid } from "#src/core/model.js"
import { Exporter } from "#src/core/personal/export.js"
import { Preferences } from "#src/core/personal/preferences.js"
import type { PersonalStore } from "#src/core/personal/store.js"

const romeo = "romeo@example.test" as BareJid

function kit(contacts = 3) {
  const put: { name: string; text: string }[] = []
  const store: PersonalStore = {
    preferences: () => Promise.resolve([]),
    setPreferences: () => Promise.resolve(true),
    eraseUser: () => Promise.resolve(true),
    exportUser: (jid) => Promise.resolve(jid === romeo ? { since: 5, links: [{ id: 7, network: "sms" }] } : undefined),
    exportPage({ kind, after, limit }) {
      if (kind !== "contacts") return Promise.resolve({ items: [] })
      const from = Number(after)
      const items = Array.from({ length: Math.min(limit, contacts - from) }, (_, i) => ({ id: String(from + i), name: "x".repeat(500) }))
      return Promise.resolve({ items, ...(from + items.length < contacts && { next: String(from + items.length) }) })
    },
  }
  const media: Media = {
    decrypts: false,
    async share(file, how) {
      const { stream } = await how.download({ ...file, ref: file.source?.ref ?? "" }, how.signal)
      put.push({ name: file.name, text: await new Response(stream).text() })
      return { ...file, url: "https://files.example.test/1" }
    },
    take: () => Promise.reject(new Error("nothing is taken")),
    stop: () => Promise.resolve(),
  }
  const exporter = new Exporter({
    ...{ store, media, network: "sms", preferences: new Preferences(store) },
    slot: () => Promise.resolve(undefined),
    tell: () => Promise.reject(new Error("nothing is said")),
    now: () => 9,
  })
  return { exporter, put }
}

test("all pages are in one file", async () => {
  const { exporter, put } = kit(1200)
  assert.deepEqual(await exporter.deliver(romeo, undefined), { url: "https://files.example.test/1" })
  const data = JSON.parse(put[0]?.text ?? "") as { user: string; known_since: number; links: { contacts: unknown[]; id?: number }[] }
  assert.equal(put[0]?.name, "my-data.json")
  assert.deepEqual([data.user, data.known_since, data.links[0]?.contacts.length], [romeo, 5, 1200])
})

test("it has an end, and says that there is more", async () => {
  const { exporter, put } = kit(60_000)
  await exporter.deliver(romeo, undefined)
  const { links } = JSON.parse(put[0]?.text ?? "") as { links: { contacts: unknown[]; contacts_incomplete?: boolean }[] }
  assert.equal(links[0]?.contacts_incomplete, true)
  assert.ok((put[0]?.text.length ?? 0) < 20 << 20)
})

test("one at a time, and nothing of who is nobody", async () => {
  const { exporter } = kit()
  const first = exporter.deliver(romeo, undefined)
  await assert.rejects(exporter.deliver(romeo, undefined), /gathered already/)
  await first
  await exporter.deliver(romeo, undefined)
  await assert.rejects(exporter.deliver("nobody@example.test" as BareJid, undefined), /Nothing is kept/)
})
