// Serves files of the networks to clients, at signed addresses, in parts if they ask for parts (RFC 9110 §14).
import type { IncomingMessage, ServerResponse } from "node:http"
import send from "send"
import type { KeptFile } from "../core/files/media.js"
import type { Signer } from "./signature.js"

/** What there is to be served. */
export interface FileSource {
  readonly signer: Signer
  /** Where files are, each by its id. */
  readonly folder: string
  find(id: string): Promise<KeptFile | undefined>
}

/** What browsers may show in place; all else they save, for it could act in the name of this site. */
const shown = /^(image\/(png|jpeg|gif|webp|avif|apng|bmp)|(audio|video)\/[\w.+-]+|text\/plain)$/

/** `rest`: what follows `/file/` in the path. Resolves false if there is no such file: then nothing was answered. */
export async function answerFile(source: FileSource, rest: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const now = Date.now()
  const id = source.signer.idOf(rest, now)
  const file = id === undefined ? undefined : await source.find(id)
  if (!file || file.expiresAt <= now) return false
  const { name, mime, expiresAt } = file
  const inPlace = shown.test(mime)
  response.setHeader("Content-Type", mime === "text/plain" ? "text/plain; charset=utf-8" : mime)
  response.setHeader("Content-Disposition", `${inPlace ? "inline" : "attachment"}; filename*=UTF-8''${escaped(name)}`)
  response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox")
  // Clients in a browser fetch it from the page they were loaded from. Who has the address may have the file.
  response.setHeader("Access-Control-Allow-Origin", "*")
  response.setHeader("Cross-Origin-Resource-Policy", "cross-origin")
  response.setHeader("Referrer-Policy", "no-referrer")
  response.setHeader("ETag", `"${file.id}"`)
  response.setHeader("Cache-Control", `private, max-age=${Math.min(604_800, Math.floor((expiresAt - now) / 1000))}, immutable`)
  return new Promise((resolve) => {
    const stream = send(request, `/${file.id}`, { root: source.folder, cacheControl: false, lastModified: false, dotfiles: "deny" })
    stream.on("error", (error: { status?: number; headers?: Record<string, string> }) => {
      if (response.headersSent) return void response.destroy()
      for (const header of response.getHeaderNames()) if (header !== "x-content-type-options") response.removeHeader(header)
      if (error.status !== 416) return resolve(false)
      for (const [header, value] of Object.entries(error.headers ?? {})) response.setHeader(header, value)
      response.writeHead(416).end()
      resolve(true)
    })
    response.once("close", () => resolve(true))
    stream.pipe(response)
  })
}

/** RFC 8187. */
function escaped(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}
