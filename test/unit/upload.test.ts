// Room for files (XEP-0363) as servers grant and refuse it.
import assert from "node:assert/strict"
import { test } from "node:test"
import xml from "@xmpp/xml"
import { AdapterError, type ErrorKind } from "#src/adapter/errors.js"
import { Uploads } from "#src/xmpp/features/upload.js"
import { StanzaError } from "#src/xmpp/iq.js"
import type { IqRequest } from "#src/xmpp/types.js"
import { silent } from "../support/media-kit.js"

const domain = "tg.example.test"
const upload = "urn:xmpp:http:upload:0"
const file = { name: "a/b.jpg", mime: "image/jpeg", bytes: 1000 }
const ann = { legacyId: "42", tag: "", room: false }
const features = `<feature var='${upload}'/>`
const form = (most: number): string =>
  `<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>other</value></field></x>
   <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>${upload}</value></field>
   <field var='max-file-size'><value>${most}</value></field></x>`
const slot = `<slot xmlns='${upload}'><put url='https://up.example.test/put'>
  <header name='authorization'>Bearer&#10; x </header><header name='Host'>evil.example</header><header name='Expires'>soon</header>
  </put><get url='https://up.example.test/get'/></slot>`

interface Played {
  /** What is in the upload service's disco#info. */
  info?: string
  /** Answers to requests for a slot, in order; the last stays. */
  slots: string[]
}

function play({ info = features, slots }: Played) {
  const asked: IqRequest[] = []
  let at = 0
  let now = 1_000_000
  const answers = (request: IqRequest): string => {
    if (request.payload.includes("disco#items"))
      return `<query xmlns='http://jabber.org/protocol/disco#items'><item jid='${domain}'/><item jid='a@example.test'/><item jid='up.example.test'/></query>`
    if (request.payload.includes("disco#info"))
      return `<query xmlns='http://jabber.org/protocol/disco#info'>${request.to === "up.example.test" ? info : ""}</query>`
    return slots[Math.min(at++, slots.length - 1)] ?? ""
  }
  const iq = (request: IqRequest) => {
    asked.push(request)
    const inner = answers(request)
    const parser = new xml.Parser()
    let read: InstanceType<typeof xml.Element> | undefined
    parser.on("element", (one: InstanceType<typeof xml.Element>) => (read = one))
    const isError = inner.startsWith("<error")
    parser.write(`<stream><iq type='${isError ? "error" : "result"}' from='${request.to}'>${inner}</iq>`)
    if (!read) throw new Error("no answer")
    return isError ? Promise.reject(StanzaError.of(read)) : Promise.resolve(read)
  }
  const uploads = new Uploads(
    {
      link: { iq } as never,
      log: silent,
      domain,
      contactJid: (id, tag) => (id.length > 100 ? null : `${id}${tag}@${domain}`),
      roomJid: (id) => `#${id}@${domain}`,
    },
    () => now,
  )
  const requests = (): IqRequest[] => asked.filter(({ payload }) => payload.includes("<request"))
  return { uploads, asked, requests, later: (ms: number) => void (now += ms) }
}

const error = (type: string, condition: string, more = ""): string =>
  `<error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>${more}</error>`

const fails =
  (kind: ErrorKind, text = /./) =>
  (thrown: unknown) => {
    assert.ok(thrown instanceof AdapterError, String(thrown))
    assert.equal(thrown.kind, kind)
    assert.match(thrown.message, text)
    return true
  }

test("asks in the name of who shows it, and honours three headers only", async () => {
  const { uploads, requests, asked } = play({ slots: [slot] })
  assert.deepEqual(await uploads.slot(file, ann), {
    put: "https://up.example.test/put",
    get: "https://up.example.test/get",
    headers: { Authorization: "Bearer x", Expires: "soon" },
  })
  await uploads.slot(file, { legacyId: "-1", tag: "", room: true })
  await uploads.slot(file, { legacyId: "x".repeat(200), tag: "", room: false })
  assert.deepEqual(
    requests().map(({ to, from }) => `${from} ${to}`),
    [`42@${domain} up.example.test`, `#-1@${domain} up.example.test`, `${domain} up.example.test`],
  )
  assert.match(requests()[0]?.payload ?? "", /filename='a_b\.jpg'/)
  assert.equal(asked.length - 3, 3, "the service is looked for once: items, and what the server and its service are")
})

test("what is too large is known beforehand, or remembered", async () => {
  const told = play({ info: features + form(999), slots: [slot] })
  await assert.rejects(told.uploads.slot(file, ann), fails("rejected", /1 kB, the server takes 999 bytes/))
  assert.equal(told.requests().length, 0)
  const learnt = play({
    slots: [
      error("modify", "not-acceptable", `<file-too-large xmlns='${upload}'><max-file-size>900</max-file-size></file-too-large>`),
      slot,
    ],
  })
  await assert.rejects(learnt.uploads.slot(file, ann), fails("rejected", /900 bytes/))
  await assert.rejects(learnt.uploads.slot(file, ann), fails("rejected", /900 bytes/))
  assert.equal(learnt.requests().length, 1)
  assert.ok(await learnt.uploads.slot({ ...file, bytes: 900 }, ann))
})

test("a quota that is used up is waited for; who is not let in is not asked again at once", async () => {
  const stamp = new Date(1_000_000 + 60_000).toISOString()
  const full = play({ slots: [error("wait", "resource-constraint", `<retry xmlns='${upload}' stamp='${stamp}'/>`)] })
  await assert.rejects(
    full.uploads.slot(file, ann),
    (thrown: unknown) => fails("retry")(thrown) && (thrown as AdapterError).retryAfterMs === 60_000,
  )
  const forbidden = play({ slots: [error("auth", "forbidden"), slot] })
  assert.equal(await forbidden.uploads.slot(file, ann), undefined)
  assert.equal(await forbidden.uploads.slot(file, ann), undefined)
  assert.equal(forbidden.requests().length, 1)
  forbidden.later(10 * 60_000)
  assert.ok(await forbidden.uploads.slot(file, ann), "the admin may have mended it")
})

test("without a service there is no place, and it is looked for again later", async () => {
  const none = play({ info: "", slots: [slot] })
  assert.equal(await none.uploads.slot(file, ann), undefined)
  const { length } = none.asked
  await none.uploads.slot(file, ann)
  assert.equal(none.asked.length, length)
  none.later(10 * 60_000)
  await none.uploads.slot(file, ann)
  assert.ok(none.asked.length > length)
})

test("a slot that leads nowhere is none", async () => {
  for (const bad of [
    "",
    `<slot xmlns='${upload}'><put url='file:///etc/passwd'/><get url='https://x/'/></slot>`,
    `<slot xmlns='${upload}'><put url='https://x/'/></slot>`,
  ])
    await assert.rejects(play({ slots: [bad] }).uploads.slot(file, ann), fails("retry"))
})
