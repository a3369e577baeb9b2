// Addresses of our users' pictures, for networks that show who speaks: asked for when somebody speaks, waited for only a moment.
import type { BareJid } from "../model.js"
import type { Picture } from "./picture.js"

/** A message waits so long for the picture of who says it, in ms; the next one will have it. */
const patienceMs = 1500

/** Undefined: they have none, or it is not here yet. Never rejects. */
export type PictureAddress<Who = BareJid> = (who: Who) => Promise<string | undefined>

export function pictureAddress<Who = BareJid>(
  pictureOf: (who: Who) => Promise<Picture | undefined>,
  publish: (picture: Picture) => string,
): PictureAddress<Who> {
  return async (who) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patienceMs)
    })
    const picture = await Promise.race([pictureOf(who), late]).finally(() => clearTimeout(timer))
    return picture && publish(picture)
  }
}
