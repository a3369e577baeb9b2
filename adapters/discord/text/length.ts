// STOPGAP of the lead until A3's version is here: how long a text is on Discord.
import type { Body, FileInfo } from "xferry"
import { render } from "./render.js"

export function length(body: Pick<Body<FileInfo>, "text" | "spans">): number {
  return render(body).content.length
}
