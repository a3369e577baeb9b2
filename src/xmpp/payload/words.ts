// What an operation says, in a direct chat or a room: the body, and the elements that go with it.
import type { Rich } from "../../core/content.js"
import { describe } from "../../core/inward.js"
import { join, type Xml } from "../stanza.js"
import * as beside from "./beside.js"
import * as body from "./body.js"
import * as files from "./files/write.js"
import * as reply from "./reply.js"

/** `text` as it is to be seen, already short enough. `share`: what of the operation's text that is, and whom that may name. */
export function write(text: string, rich: Rich | undefined, answered?: reply.Answered, share?: beside.Share): Xml {
  const { file } = rich ?? {}
  if (files.isThere(file)) {
    const shown = files.write(file, text)
    // A quotation would make the address a text like others.
    return join([body.write(shown.body), shown.elements, answered && reply.mark(answered), beside.write(rich, share)])
  }
  const words = text === "" && file ? describe(file) : text
  if (!answered) return join([body.write(words), beside.write(rich, share)])
  const { body: quoting, elements } = reply.write(words, answered)
  const before = [...quoting.slice(0, quoting.length - words.length)].length
  return join([body.write(quoting), elements, beside.write(rich, share, before)])
}
