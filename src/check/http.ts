// Whether the HTTP server can listen, and whether its public address leads to it.
import { randomBytes } from "node:crypto"
import type { Config } from "../config/index.js"
import { startHttp, type HttpServer } from "../http/index.js"
import { bad, good, note, type Finding } from "./report.js"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** A picture of one's own is put there and fetched again. */
export async function checkHttp({ http }: Config, patienceMs: number): Promise<Finding[]> {
  if (!http) return []
  let server: HttpServer
  try {
    server = await startHttp({ ...http.listen, log: quiet })
  } catch (error) {
    return [bad(error instanceof Error ? error.message : String(error))]
  }
  try {
    const bytes = randomBytes(16)
    const url = http.publicUrl + server.shelf.put({ mime: "image/png", bytes })
    const found = [good(`HTTP server: listens at ${http.listen.host}:${http.listen.port}`)]
    const why = await reach(url, bytes, patienceMs)
    // Some networks do not lead back in: the world may reach it all the same.
    if (why === undefined) return [...found, good(`${http.publicUrl} leads to it`)]
    return [
      ...found,
      note(
        `From here ${http.publicUrl} does not lead to it (${why}). Let your web server pass it on to ${http.listen.host}:${http.listen.port}.`,
      ),
    ]
  } finally {
    await server.stop()
  }
}

/** Undefined: it is there. */
async function reach(url: string, bytes: Uint8Array, patienceMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    const got = Buffer.from(await answer.arrayBuffer())
    return answer.ok && got.equals(bytes) ? undefined : `it answered ${answer.status}`
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } }
    return cause?.code ?? message
  }
}
