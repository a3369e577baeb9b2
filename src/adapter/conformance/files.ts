// Checks: files arrive whole in both directions, with what is said about them.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import type { FileInfo, FileRef, Sent, Upload } from "../contract.js"
import { AdapterError } from "../errors.js"
import type { FakeFile } from "./fake-files.js"
import { within } from "./host.js"
import type { AnySession, Check, Stage } from "./stage.js"

type Kind = NonNullable<FileInfo["kind"]> | undefined

/** One pixel. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

export function fileChecks(stage: () => Stage, check: Check): void {
  check("brings files whole, with what is said under them, if it says it does", async (t) => {
    const { capabilities, fake } = stage()
    if (capabilities.download === undefined || !fake.files) return
    const open = await stage().open()
    for (const file of [photo(), letter("notes.txt", 5), letter("long.txt", 300_000)]) {
      await t.test(file.name, async () => {
        const text = stage().text("a caption")
        const id = await fake.files!.shows([file], text, 0)
        const event = await open.host.event(`the file ${file.name}`, (one) => one.type === "message" && one.id === id)
        assert.ok(event.type === "message")
        assert.equal(event.body.text, text)
        const [told, ...more] = event.body.files ?? []
        assert.ok(told && more.length === 0, "one file is one file")
        assert.ok(told.name !== "" && told.ref !== "" && /^[\w.+-]+\/[\w.+-]+/.test(told.mime), JSON.stringify(told))
        if (told.bytes !== undefined) assert.equal(told.bytes, file.content.length)
        assert.equal(told.kind, file.kind)
        // As often as it is wanted.
        for (let i = 0; i < 2; i++) assert.equal(hash(await downloaded(stage(), open.session, told)), hash(file.content))
      })
    }
  })

  check("says so when a file is not there, if it downloads any", async () => {
    const { capabilities, fake } = stage()
    if (capabilities.download === undefined || !fake.files) return
    const { session } = await stage().open()
    const nothing: FileRef = { name: "nothing", mime: "text/plain", ref: "there is no such file" }
    const error = await stage().failure("a download of what is not there", () => downloaded(stage(), session, nothing))
    assert.ok(error.kind === "gone" || error.kind === "rejected", `what is not there is «gone», not «${error.kind}»`)
  })

  check("sends files whole, with their caption, if it says it does", async (t) => {
    const { capabilities, fake } = stage()
    const taken = capabilities.send.files
    if (!taken || !fake.files) return
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    const shown = (kind: Kind): boolean => kind === undefined || (taken.kinds?.includes(kind) ?? false)
    for (const file of [photo(), letter("notes.txt", 5), letter("long.txt", 300_000)].filter(({ kind }) => shown(kind))) {
      await t.test(file.name, async () => {
        const text = stage().text("a caption")
        const { id } = await sent(stage(), open.session, { chat, text, files: [file] })
        const seen = await fake.files!.sent(0, id)
        assert.deepEqual([seen.text, seen.files.map(({ content }) => hash(content))], [text, [hash(file.content)]])
      })
    }
    await t.test("without a caption, and with a name of other letters", async () => {
      const file = letter("любовь «Ромео».txt", 10)
      const { id } = await sent(stage(), open.session, { chat, text: "", files: [file] })
      const [seen] = (await fake.files!.sent(0, id)).files
      assert.equal(hash(seen?.content), hash(file.content))
      if (seen?.name !== undefined) assert.equal(seen.name.normalize(), file.name.normalize())
    })
    const several = Math.min(taken.perMessage ?? 1, 3)
    if (several === 1) return
    await t.test("several at once", async () => {
      const files = Array.from({ length: several }, (_, i) => letter(`${i}.txt`, 10 + i))
      const before = (await fake.sent(0)).length
      const { id, parts = [] } = await sent(stage(), open.session, { chat, text: stage().text("all of them"), files })
      const seen = (await fake.files!.sent(0, id)).files
      assert.deepEqual(
        seen.map(({ content }) => hash(content)),
        files.map(({ content }) => hash(content)),
      )
      const ids = [id, ...parts.map((part) => part.id)]
      assert.equal(new Set(ids).size, ids.length, "every part has an id of its own")
      assert.equal((await fake.sent(0)).length - before, ids.length, "every message that one call made is named: the first and its «parts»")
      if (capabilities.retract === undefined) return
      for (const message of [{ id }, ...parts]) await open.session.retract!({ chat, message }, stage().signal())
      assert.deepEqual(
        (await fake.sent(0)).filter((message) => ids.includes(message.id)),
        [],
        "with its parts all of it is taken back",
      )
    })
  })
}

function photo(): FakeFile {
  const content = Buffer.from(png, "base64")
  return { name: "photo.png", mime: "image/png", kind: "image", width: 1, height: 1, bytes: content.length, content }
}

function letter(name: string, bytes: number): FakeFile {
  return { name, mime: "text/plain", bytes, content: Buffer.alloc(bytes, "Wherefore art thou Romeo? ") }
}

function upload({ content, ...info }: FakeFile): Upload {
  return {
    ...info,
    open: (signal) => {
      signal.throwIfAborted()
      let at = 0
      // In pieces, as from a disk.
      const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        if (at < content.length) controller.enqueue(new Uint8Array(content.subarray(at, (at += 10_000))))
        if (at >= content.length) controller.close()
      }
      return Promise.resolve(new ReadableStream({ pull }))
    },
  }
}

async function sent(
  stage: Stage,
  session: AnySession,
  { chat, text, files }: { chat: Parameters<AnySession["send"]>[0]["chat"]; text: string; files: FakeFile[] },
): Promise<Sent> {
  const { deadlineMs } = stage
  const sending = session.send({ chat, key: stage.text("key"), body: { text, files: files.map(upload) } }, AbortSignal.timeout(deadlineMs))
  return within(sending, deadlineMs, "the answer to a send with files")
}

async function downloaded({ deadlineMs }: Stage, session: AnySession, file: FileRef): Promise<Uint8Array> {
  if (!session.download) throw new AdapterError("unsupported", "There is no download.")
  const { stream } = await within(session.download(file, AbortSignal.timeout(deadlineMs)), deadlineMs, `the file ${file.name}`)
  const chunks: Uint8Array[] = []
  const whole = async (): Promise<void> => {
    for await (const chunk of stream) chunks.push(chunk)
  }
  await within(whole(), deadlineMs, `all of the file ${file.name}`)
  return Buffer.concat(chunks)
}

function hash(content: Uint8Array | undefined): string {
  return content === undefined ? "nothing" : `${content.length} bytes, ${createHash("sha256").update(content).digest("hex")}`
}
