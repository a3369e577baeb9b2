// Files as clients show them: OOB, SFS, SIMS, aesgcm, alone and with words.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import { readMessage } from "#src/xmpp/payload/read.js"
import { parseXml as parse } from "../support/xml-match.js"

const url = "https://up.example/4a77/summit.jpg"
const oob = `<x xmlns='jabber:x:oob'><url>${url}</url></x>`
const hash = "<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash>"
const metadata = `<media-type>image/jpeg</media-type><name>summit.jpg</name><size>3032449</size><width>4096</width><height>2160</height><length>1500</length>${hash}<desc>Photo</desc>`
const sources = `<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${url}'/></sources>`
const sfs = `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'>${metadata}</file>${sources}</file-sharing>`
const told = {
  ...{ url, name: "summit.jpg", mime: "image/jpeg", bytes: 3032449, width: 4096, height: 2160, seconds: 1.5, alt: "Photo" },
  hashes: { "sha-256": "w0mcJylzCn+AfvuGdqkty2+KP48=" },
}

function read(inner: string): { body: string | undefined; files: unknown } {
  const { body, files } = readMessage(parse(`<message id='1'>${inner}</message>`))
  return { body, files }
}

describe("a file", () => {
  test("by its address alone", () => {
    assert.deepEqual(read(`<body>${url}</body>${oob}`), { body: "", files: [{ url }] })
    assert.deepEqual(read(`<body> ${url}\n</body>${oob}`), { body: "", files: [{ url }] })
    assert.deepEqual(read(oob), { body: "", files: [{ url }] })
  })

  test("with words of its own", () => {
    assert.deepEqual(read(`<body>look</body>${oob}`), { body: "look", files: [{ url }] })
    assert.deepEqual(read(`<body>look\n${url}</body>${oob}`), { body: "look", files: [{ url }] })
  })

  test("that is a sticker, with or without what it says (XEP-0449)", () => {
    const sticker = "<sticker xmlns='urn:xmpp:stickers:0'/>"
    assert.deepEqual(read(`<body>Photo</body>${sticker}${sfs}`), { body: "", files: [{ ...told, kind: "sticker" }] })
    assert.deepEqual(read(`<body>😘</body>${oob}${sticker}`), { body: "", files: [{ url, kind: "sticker", alt: "😘" }] })
    assert.deepEqual(read(`<body>${url}</body>${oob}${sticker}`), { body: "", files: [{ url, kind: "sticker" }] })
    assert.deepEqual(read(`<body>but no file</body>${sticker}`), { body: "but no file", files: undefined })
  })

  test("that is hidden, as all of its message is (XEP-0382)", () => {
    const spoiler = "<spoiler xmlns='urn:xmpp:spoiler:0'/>"
    assert.deepEqual(read(`<body>${url}</body>${oob}${spoiler}`), { body: "", files: [{ url, spoiler: true }] })
    assert.deepEqual(read(`<body>see ${url} there</body>${oob}${spoiler}`), { body: `see ${url} there`, files: undefined })
  })

  test("is none where its address is a word of a sentence", () => {
    assert.deepEqual(read(`<body>see ${url} there</body>${oob}`), { body: `see ${url} there`, files: undefined })
    assert.deepEqual(read(`<body>${url}</body>`), { body: url, files: undefined })
  })

  test("with all that XEP-0446 tells of it, told twice and one file all the same", () => {
    const fallback = "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback>"
    assert.deepEqual(read(`<body>${url}</body>${oob}${fallback}${sfs}`), { body: "", files: [told] })
    assert.deepEqual(read(sfs), { body: "", files: [told] })
    assert.deepEqual(read(`<body>Summit was great</body>${sfs}`), { body: "Summit was great", files: [told] })
  })

  test("with words and a fallback in one body", () => {
    const words = "Über 🌄 gut"
    const start = [...words].length
    const mark = `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body start='${start}' end='${start + 1 + url.length}'/></fallback>`
    assert.deepEqual(read(`<body>${words}\n${url}</body>${mark}${sfs}`), { body: words, files: [told] })
  })

  test("several in one stanza", () => {
    const other = sfs.replaceAll("summit", "valley")
    const { files } = read(`<body>both</body>${sfs}${other}`)
    assert.deepEqual(
      (files as { name: string }[]).map(({ name }) => name),
      ["summit.jpg", "valley.jpg"],
    )
  })

  test("as SIMS has it (XEP-0385), where a reference to a person is none", () => {
    const file = `<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'>${metadata}</file>`
    const source = `<sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='xmpp:r@x?jingle'/><reference xmlns='urn:xmpp:reference:0' type='data' uri='${url}'/></sources>`
    const reference = `<reference xmlns='urn:xmpp:reference:0' begin='17' end='20' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>${file}${source}</media-sharing></reference>`
    assert.deepEqual(read(`<body>Look at the nice view.</body>${reference}`), { body: "Look at the nice view.", files: [told] })
    const mention = "<reference xmlns='urn:xmpp:reference:0' type='mention' begin='0' end='4' uri='xmpp:j@x'/>"
    assert.equal(read(`<body>Look</body>${mention}`).files, undefined)
  })

  test("that is encrypted: its address holds the key (XEP-0454), also where elements do (XEP-0448)", () => {
    const anchor = "8c3d050e9386ec173861778f68e9af38a97aaf82faa4063b4d0878a61261534410c8a84331eaac851759f587"
    const aesgcm = `aesgcm://up.example/a.jpg#${anchor}`
    assert.deepEqual(read(`<body>${aesgcm}</body>`), { body: "", files: [{ url: aesgcm }] })
    assert.deepEqual(read(`<body>${aesgcm}\ndata:image/jpeg;base64,AAAA</body>`), { body: "", files: [{ url: aesgcm }] })
    const [iv, key] = [anchor.slice(0, 24), anchor.slice(24)].map((hex) => Buffer.from(hex, "hex").toString("base64"))
    const inner = `<key>${key}</key><iv>${iv}</iv><sources xmlns='urn:xmpp:sfs:0'><url-data xmlns='http://jabber.org/protocol/url-data' target='https://up.example/a.jpg'/></sources>`
    const encrypted = `<encrypted xmlns='urn:xmpp:esfs:0' cipher='urn:xmpp:ciphers:aes-256-gcm-nopadding:0'>${inner}</encrypted>`
    const shared = `<file-sharing xmlns='urn:xmpp:sfs:0'><sources>${encrypted}</sources></file-sharing>`
    assert.deepEqual(read(shared), { body: "", files: [{ url: aesgcm }] })
  })

  test("is none where its address could not be fetched, or what is told of it is nonsense", () => {
    for (const bad of ["ftp://x/y", "javascript:alert(1)", "https://", `https://x/${"y".repeat(5000)}`, "file:///etc/passwd", ""])
      assert.equal(read(`<body>b</body><x xmlns='jabber:x:oob'><url>${bad}</url></x>`).files, undefined, bad)
    const odd = "<name>../../etc/passwd</name><size>-1</size><width>NaN</width><media-type>image</media-type><length></length>"
    const nonsense = `<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'>${odd}</file>${sources}</file-sharing>`
    assert.deepEqual(read(nonsense).files, [{ url, name: "passwd" }])
    const many = Array.from({ length: 80 }, (_, i) => `<x xmlns='jabber:x:oob'><url>https://x/${i}</url></x>`).join("")
    assert.equal((read(`<body>b</body>${many}`).files as unknown[]).length, 50)
  })

  test("of a reply leaves the quotation to the reply", () => {
    const quote = "> hi\n"
    const marks =
      `<reply xmlns='urn:xmpp:reply:0' id='9'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='5'/></fallback>` +
      `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body start='5' end='${5 + url.length}'/></fallback>`
    assert.deepEqual(read(`<body>${quote.replace(">", "&gt;")}${url}</body>${marks}${sfs}`), { body: "", files: [told] })
  })
})
