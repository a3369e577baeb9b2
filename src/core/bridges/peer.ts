// One network's side of bridges, of its parts.
import type { Asides } from "../asides/asides.js"
import type { Avatars } from "../faces/avatars.js"
import { imageType, type Picture } from "../faces/picture.js"
import type { BareJid } from "../model.js"
import type { NetworkParts } from "../parts.js"
import type { Face } from "../ports.js"
import type { Peer } from "./ports.js"

type Needs = Pick<Peer, "registry" | "commitment" | "sender" | "order"> & {
  asides: Pick<Asides, "lines">
  avatars: Pick<Avatars, "of">
  face: () => Face
}

export function peerOf({ id, adapter, publish }: NetworkParts, { asides, avatars, face, ...own }: Needs): Peer {
  return {
    ...own,
    network: id,
    name: adapter.network.name,
    adapter,
    reactionMeans: (room) => asides.lines.meansOf(room),
    picture: (room, person) =>
      "user" in person ? face().pictureOf(person.user as BareJid) : avatars.of(room.accountId, person.contact).then(plain),
    ...(publish && { publish }),
  }
}

function plain(avatar: { data: Uint8Array } | undefined): Picture | undefined {
  const mime = avatar && imageType(avatar.data)
  return avatar && mime && { mime, bytes: avatar.data }
}
