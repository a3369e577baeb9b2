// The picture in a vCard that somebody sets (XEP-0054), as a file on its way to a network.
import type { Element } from "@xmpp/xml"
import type { Upload } from "../../adapter/contract.js"
import { Refusal } from "../../core/ports.js"
import { imageType } from "../../core/faces/picture.js"

/** Bytes. */
export const largestPhoto = 1 << 20

/** Null: the card has none. Throws `Refusal` (not-acceptable) for what is no PNG or JPEG of `largestPhoto` at most. */
export function photoIn(vcard: Element): Upload | null {
  const photo = vcard.getChild("PHOTO")
  const text = (photo?.getChildText("BINVAL") ?? "").replace(/\s+/g, "")
  if (text === "") {
    // To fetch it, the gateway would have to call whatever address somebody names.
    if (photo?.getChildText("EXTVAL")) throw refused("Send the picture itself (BINVAL), not an address of it.")
    return null
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw refused("The picture is not in base64.")
  const bytes = Buffer.from(text, "base64")
  if (bytes.length > largestPhoto)
    throw refused(`The picture has ${kib(bytes.length)} KiB, and ${kib(largestPhoto)} KiB is the most that can be set.`)
  const mime = imageType(bytes)
  // These every network takes.
  if (mime !== "image/png" && mime !== "image/jpeg") throw refused("The picture is neither a PNG nor a JPEG.")
  return {
    name: mime === "image/png" ? "avatar.png" : "avatar.jpg",
    mime,
    kind: "image",
    bytes: bytes.length,
    open: () => Promise.resolve(new Blob([bytes]).stream()),
  }
}

const kib = (bytes: number): string => String(Math.ceil(bytes / 1024))

function refused(text: string): Refusal {
  return new Refusal("not-acceptable", text, "modify")
}
