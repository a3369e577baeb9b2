// Formatting from XMPP through each network's own text and back: nothing is lost, nor any formatting that both sides know.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import fc from "../support/property.js"
import { capabilities as discord } from "#discord/capabilities.js"
import { parse } from "#discord/text/parse.js"
import { render } from "#discord/text/render.js"
import type { Capabilities } from "#src/adapter/contract.js"
import { told } from "#src/core/styling/told.js"
import { written } from "#src/core/styling/written.js"
import { formatted as loopback } from "xferry-adapter-loopback"
import { capabilities as telegram } from "#telegram/capabilities.js"
import { written as entities } from "#telegram/entities.js"
import { spansOf } from "#telegram/spans.js"
import { formatted, isBarred, isWithin, looks, throughStanza, type Kind, type Text } from "../support/rich-text.js"

const none = (): undefined => undefined
const nameless = { user: none, role: none, channel: none, emoji: none, roleNamed: none, channelNamed: none }

/** What the network makes of a body that it was sent, as it tells of it later. */
const networks: readonly { name: string; capabilities: Capabilities; carried: (body: Text) => Text; bare?: RegExp }[] = [
  { name: "loopback", capabilities: loopback, carried: (body) => body },
  {
    name: "telegram",
    capabilities: telegram,
    carried(body) {
      const { text, entities: list } = entities(body)
      return { text, spans: spansOf(list, text) }
    },
  },
  // Its client cannot be told of these within what they stand for: then letters go before looks.
  { name: "discord", capabilities: discord, bare: /[~|`]|:\/\//, carried: (body) => parse(render(body, nameless, Infinity).content) },
]
/** Who is mentioned is found out by the network. */
const both: readonly Kind[] = ["bold", "italic", "strike", "code", "pre", "quote", "spoiler"]

for (const { name, capabilities, carried, bare } of networks)
  describe(name, () => {
    const formatting = capabilities.send.formatting ?? []
    const known = both.filter((kind) => formatting.includes(kind))

    /** As a client says it, or as it gets it. */
    const said = (body: Text): Text => {
      const { text, ...rich } = told(body)
      const stanza = throughStanza(text, rich)
      return written(stanza.text, formatting, stanza.marked)
    }

    test("XMPP → network → XMPP", () => {
      fc.assert(
        fc.property(formatted, (body) => {
          fc.pre(!isBarred(body))
          const first = said({ ...body, spans: (body.spans ?? []).filter(({ kind }) => kind !== "mention") })
          const back = said(carried(first))
          assert.equal(back.text, first.text)
          if (!bare?.test(first.text)) assert.equal(looks(back, known), looks(first, known))
        }),
        { numRuns: 2000 },
      )
    })

    test("what is typed by hand", () => {
      const typed = fc
        .array(
          fc.constantFrom("*", "_", "~", "`", "```\n", "||", "> ", " ", "\n", "a", "b.", "👋", "https://a.example/x_y*z", "x_y", "2*3"),
          { maxLength: 24 },
        )
        .map((parts) => parts.join(""))
      fc.assert(
        fc.property(typed, fc.boolean(), (text, unstyled) => {
          const first = written(text, formatting, { unstyled })
          // Only directives go.
          assert.ok(isWithin(text.replace(/[*_~`|>]|js/g, ""), first.text), first.text)
          const back = carried(first)
          assert.ok(isWithin(first.text, back.text), `${first.text} became ${back.text}`)
          // Some have no quotation in a quotation.
          if (!bare?.test(first.text) && back.text === first.text) assert.equal(looks(back, known), looks(first, known))
        }),
        { numRuns: 2000 },
      )
    })
  })
