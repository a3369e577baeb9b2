// Files and extras of Telegram's messages, and as what our files go to Telegram.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { FileInfo, Upload } from "xferry"
import { bodyOf } from "#telegram/body.js"
import { albumForms, formsOf, misfit } from "#telegram/forms.js"
import { handleOf, readHandle } from "#telegram/handle.js"
import { stepsOf } from "#telegram/outward.js"

const base = {
  message_id: 7,
  date: 1_700_000_000,
  chat: { id: 5, type: "private", first_name: "Juliet" },
  from: { id: 5, is_bot: false, first_name: "Juliet" },
}
const held = { file_id: "f", file_unique_id: "u", file_size: 9 }
const ref = { ref: "f", stableId: "u", bytes: 9 }
const size = (file_id: string, width: number, height: number) => ({ file_id, file_unique_id: `u-${file_id}`, width, height, file_size: 3 })
const photo = [size("small", 90, 60), size("large", 1280, 853), size("middle", 320, 213)]
const body = (fields: object) => bodyOf({ ...base, ...fields })
const sticker = { ...held, type: "regular", width: 512, height: 512, is_animated: false, is_video: false, emoji: "🌹" }

describe("a message's files", () => {
  const film = { ...held, width: 640, height: 480, duration: 9 }
  const rows: [string, object, Partial<FileInfo> & { ref?: string; stableId?: string }][] = [
    [
      "the largest size of a photo",
      { photo },
      { kind: "image", mime: "image/jpeg", ref: "large", width: 1280, height: 853, name: "photo-2023-11-14-22-13-20.jpg" },
    ],
    ["a hidden photo", { photo, has_media_spoiler: true }, { kind: "image", spoiler: true }],
    [
      "a video",
      { video: { ...film, file_name: "a.mov", mime_type: "video/quicktime" } },
      { kind: "video", mime: "video/quicktime", name: "a.mov", seconds: 9 },
    ],
    ["an animation, which is a document too", { animation: film, document: held }, { kind: "animation", mime: "video/mp4", width: 640 }],
    ["a voice message", { voice: { ...held, duration: 7 } }, { kind: "voice", mime: "audio/ogg", seconds: 7, ...ref }],
    [
      "a video message",
      { video_note: { ...held, length: 240, duration: 5 } },
      { kind: "video-note", width: 240, height: 240, mime: "video/mp4" },
    ],
    [
      "music",
      { audio: { ...held, duration: 180, performer: "Prokofiev", title: "Dance" } },
      { kind: "audio", alt: "Prokofiev – Dance", mime: "audio/mpeg" },
    ],
    [
      "a document",
      { document: { ...held, file_name: "letter.pdf", mime_type: "application/pdf" } },
      { name: "letter.pdf", mime: "application/pdf", ...ref },
    ],
    [
      "a document of which nothing is known",
      { document: { file_id: "f", file_unique_id: "u" } },
      { mime: "application/octet-stream", ref: "f" },
    ],
    ["a sticker", { sticker }, { kind: "sticker", mime: "image/webp", alt: "🌹", name: "sticker.webp", stableId: "u" }],
    [
      "an animated sticker",
      { sticker: { ...sticker, is_animated: true } },
      { kind: "sticker", mime: "application/x-tgsticker", name: "sticker.tgs" },
    ],
    ["a video sticker", { sticker: { ...sticker, is_video: true } }, { kind: "sticker", mime: "video/webm", name: "sticker.webm" }],
  ]
  for (const [name, fields, wanted] of rows) {
    it(name, () => {
      const made = body(fields)
      assert.equal(made?.text, "")
      const [file, ...more] = made?.files ?? []
      assert.deepEqual(more, [])
      assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, file?.[key as keyof typeof file]])), wanted)
      if (wanted.kind === undefined) assert.ok(!("kind" in (file ?? {})))
    })
  }

  it("captions are the text, with their formatting", () => {
    const made = body({ photo, caption: "by night", caption_entities: [{ type: "bold", offset: 3, length: 5 }] })
    assert.equal(made?.text, "by night")
    assert.deepEqual(made?.spans, [{ kind: "bold", start: 3, end: 8 }])
  })

  it("a live photo is both; paid media are what was paid for, with a word on it", () => {
    const live_photo = { ...held, width: 1, height: 1, duration: 2 }
    assert.deepEqual(
      body({ live_photo, photo })?.files?.map(({ kind }) => kind),
      ["image", "video"],
    )
    const paid_media = { star_count: 5, paid_media: [{ type: "photo", photo }, { type: "preview" }, { type: "video", video: { ...film } }] }
    const paid = body({ paid_media, caption: "x" })
    assert.deepEqual([paid?.text, paid?.files?.map(({ ref }) => ref)], ["[Paid media, 5 stars] x", ["large", "f"]])
  })

  it("of a shape that is not today's are told of in words", () => {
    assert.equal(body({ photo: {} })?.text, "[Photo]")
    assert.equal(body({ document: { file_name: "a" } })?.text, "[File a]")
    assert.deepEqual(body({ video: { file_id: "f", file_size: "9", duration: "x", mime_type: 1 } })?.files, [
      { name: "video-2023-11-14-22-13-20.mp4", mime: "video/mp4", ref: "f", kind: "video" },
    ])
  })
})

describe("a message's extras", () => {
  const extra = (fields: object): unknown => body(fields)?.extras?.[0]
  it("places, moving ones with their end", () => {
    const location = { latitude: 45.4419, longitude: 10.9985 }
    assert.deepEqual(extra({ location }), { type: "location", lat: 45.4419, lon: 10.9985 })
    assert.deepEqual(extra({ location: { ...location, live_period: 60 } }), {
      type: "location",
      lat: 45.4419,
      lon: 10.9985,
      until: new Date((base.date + 60) * 1000),
    })
    assert.deepEqual(extra({ venue: { location, title: "Cell", address: "Verona" }, location }), {
      type: "location",
      lat: 45.4419,
      lon: 10.9985,
      label: "Cell, Verona",
    })
  })
  it("people", () => {
    const contact = { phone_number: "+39045", first_name: "Friar", last_name: "Laurence", user_id: 8 }
    assert.deepEqual(extra({ contact }), { type: "contact", name: "Friar Laurence", phone: "+39045", user: "8" })
  })
  it("polls, with their question as text", () => {
    const options = ["Paris", "Romeo"].map((text, i) => ({ persistent_id: text, text, voter_count: i }))
    const poll = { id: "1", question: "Whose hand?", options, is_closed: true, allows_multiple_answers: true, type: "regular" }
    assert.deepEqual(body({ poll }), {
      text: "Whose hand?",
      extras: [
        {
          type: "choice",
          as: "poll",
          options: [
            { id: "0", text: "Paris", votes: 0 },
            { id: "1", text: "Romeo", votes: 1 },
          ],
          multiple: true,
          closed: true,
        },
      ],
    })
  })
  it("buttons, and a page that the text does not name", () => {
    const inline_keyboard = [[{ text: "Yes", callback_data: "y" }], [{ text: "Site", url: "https://example.org/" }]]
    assert.deepEqual(extra({ text: "Marry?", reply_markup: { inline_keyboard } }), {
      type: "choice",
      as: "buttons",
      options: [
        { id: "0.0", text: "Yes" },
        { id: "1.0", text: "Site", url: "https://example.org/" },
      ],
    })
    const link_preview_options = { url: "https://example.org/" }
    assert.deepEqual(extra({ text: "hi", link_preview_options }), { type: "preview", url: "https://example.org/" })
    assert.equal(extra({ text: "see https://example.org/", link_preview_options }), undefined)
  })
})

const file = (more: Partial<FileInfo> & { mime: string }): Upload => ({
  name: "a",
  open: () => Promise.reject(new Error("not now")),
  ...more,
})

describe("a file of ours goes as", () => {
  const rows: [Partial<FileInfo> & { mime: string }, string[]][] = [
    [{ mime: "image/jpeg", kind: "image" }, ["photo", "document"]],
    [{ mime: "image/png" }, ["photo", "document"]],
    [{ mime: "image/jpeg", bytes: 10_000_001 }, ["document"]],
    [{ mime: "image/png", width: 9000, height: 2000 }, ["document"]],
    [{ mime: "image/png", width: 2100, height: 100 }, ["document"]],
    [{ mime: "image/svg+xml", kind: "image" }, ["document"]],
    [{ mime: "image/gif", kind: "image" }, ["animation", "document"]],
    [{ mime: "video/mp4", kind: "animation" }, ["animation", "document"]],
    [{ mime: "video/mp4" }, ["video", "document"]],
    [{ mime: "video/webm", kind: "video" }, ["document"]],
    [{ mime: "audio/ogg; codecs=opus", kind: "voice" }, ["voice", "document"]],
    [{ mime: "audio/ogg" }, ["voice", "document"]],
    [{ mime: "audio/mp4", kind: "voice" }, ["voice", "audio", "document"]],
    [{ mime: "audio/mpeg", kind: "audio" }, ["audio", "document"]],
    [{ mime: "audio/flac", kind: "audio" }, ["document"]],
    [{ mime: "video/mp4", kind: "video-note" }, ["video_note", "video", "document"]],
    [{ mime: "image/webp", kind: "sticker" }, ["sticker", "photo", "document"]],
    [{ mime: "image/webp", kind: "sticker", bytes: 600_000 }, ["photo", "document"]],
    [{ mime: "application/x-tgsticker", kind: "sticker" }, ["sticker", "document"]],
    [{ mime: "image/png", kind: "sticker" }, ["photo", "document"]],
    [{ mime: "application/pdf" }, ["document"]],
  ]
  for (const [info, forms] of rows) it(`${JSON.stringify(info)}: ${forms.join(", ")}`, () => assert.deepEqual(formsOf(file(info)), forms))

  it("several: documents and music with their like only", () => {
    const [jpeg, mp4, mp3, pdf] = ["image/jpeg", "video/mp4", "audio/mpeg", "application/pdf"].map((mime) => file({ mime }))
    assert.deepEqual(albumForms([jpeg!, mp4!]), ["photo", "video"])
    assert.deepEqual(albumForms([mp3!, mp3!]), ["audio", "audio"])
    assert.deepEqual(albumForms([jpeg!, pdf!]), ["document", "document"])
    assert.deepEqual(albumForms([mp3!, mp4!]), ["document", "document"])
  })

  it("another form only where it is the form that Telegram refuses", () => {
    for (const words of [
      "PHOTO_INVALID_DIMENSIONS",
      "IMAGE_PROCESS_FAILED",
      "VOICE_MESSAGES_FORBIDDEN",
      "STICKER_INVALID",
      "PHOTO_EXT_INVALID",
    ])
      assert.match(`Bad Request: ${words}`, misfit)
    for (const words of [
      "not enough rights to send photos to the chat",
      "chat not found",
      "CHAT_SEND_PHOTOS_FORBIDDEN",
      "message caption is too long",
    ])
      assert.doesNotMatch(`Bad Request: ${words}`, misfit)
  })
})

describe("a body's requests", () => {
  const jpeg = file({ mime: "image/jpeg" })
  const steps = (text: string, files: Upload[] = [], extras: Parameters<typeof stepsOf>[0]["extras"] = []): unknown[] =>
    stepsOf({ text, files, extras }).map((step) =>
      step.do === "files" ? [step.files.length, step.caption?.text] : step.do === "text" ? step.text.text : step.do,
    )
  it("a caption goes with its file, one that is too long behind it, and where there is none before it", () => {
    assert.deepEqual(steps("hi", [jpeg]), [[1, "hi"]])
    assert.deepEqual(steps("x".repeat(1024), [jpeg]), [[1, "x".repeat(1024)]])
    assert.deepEqual(steps("x".repeat(1025), [jpeg]), [[1, undefined], "x".repeat(1025)])
    assert.deepEqual(steps("hi", [file({ mime: "image/webp", kind: "sticker" })]), ["hi", [1, undefined]])
    assert.deepEqual(steps("", [jpeg]), [[1, undefined]])
    assert.deepEqual(steps("hi", Array<Upload>(12).fill(jpeg)), [
      [10, "hi"],
      [2, undefined],
    ])
  })
  it("places and people", () => {
    assert.deepEqual(steps("Romeo:", [], [{ type: "location", lat: 1, lon: 2 }]), ["Romeo:", "location"])
    assert.deepEqual(steps("", [], [{ type: "contact", name: "Friar", phone: "1" }]), ["contact"])
    assert.deepEqual(
      steps(
        "",
        [],
        [
          { type: "contact", name: "Friar" },
          { type: "contact", name: "Nurse" },
        ],
      ),
      ["Friar\nNurse"],
    )
  })
})

it("handles say what a message was, and survive nonsense", () => {
  for (const handle of [{ as: "caption" }, { as: "none", text: 5 }] as const) assert.deepEqual(readHandle(handleOf(handle)), handle)
  assert.equal(handleOf({ as: "text" }), undefined)
  for (const handle of [undefined, "", "webhook 5"]) assert.deepEqual(readHandle(handle), { as: "text" })
})
