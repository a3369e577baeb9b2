// How long a text becomes on Discord, for the core to split by.
import type { Body, FileInfo } from "xferry"
import type { Names } from "../types.js"
import { mostBeyond } from "./outward.js"
import { render, size } from "./render.js"

const none = (): undefined => undefined
const unnamed: Names = { user: none, role: none, channel: none, emoji: none, roleNamed: none, channelNamed: none }

/** Code points that Discord counts, at most, whatever names are known. */
export function length(body: Pick<Body<FileInfo>, "text" | "spans">): number {
  return size(render(body, unnamed, Infinity).content) + mostBeyond(body.text)
}
