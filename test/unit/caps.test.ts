// The verification string, against XEP-0115's own examples.
import assert from "node:assert/strict"
import { test } from "node:test"
import { verification } from "#src/xmpp/features/caps.js"

const features = [
  "http://jabber.org/protocol/muc",
  "http://jabber.org/protocol/disco#items",
  "http://jabber.org/protocol/caps",
  "http://jabber.org/protocol/disco#info",
]

test("the simple example of XEP-0115 §5.2", () => {
  assert.equal(
    verification({ identities: [{ category: "client", type: "pc", name: "Exodus 0.9.1" }], features }),
    "QgayPKawpkPSDYmwT/WM94uAlu0=",
  )
})

test("identities are sorted with their languages, features by octets", () => {
  const identity = (lang: string, name: string) => ({ category: "client", type: "pc", lang, name })
  const both = [identity("en", "Psi 0.11"), identity("el", "Ψ 0.11")]
  assert.equal(
    verification({ identities: both, features }),
    verification({ identities: both.toReversed(), features: features.toReversed() }),
  )
})
