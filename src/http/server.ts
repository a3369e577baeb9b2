// What the gateway serves over HTTP: pictures of its users for the networks, files of the networks for clients. Nothing is taken in.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Log } from "../core/log.js"
import type { Picture } from "../core/faces/picture.js"
import { answerFile, type FileSource } from "./files.js"
import { Shelf, shelfPath } from "./shelf.js"
import { filePath } from "./signature.js"

export interface HttpOptions {
  host: string
  port: number
  log: Log
}

export interface HttpServer {
  readonly shelf: Shelf
  /** From now on these files are served, too. */
  serve(files: FileSource): void
  /** The one that was bound, for port 0. */
  readonly port: number
  stop(): Promise<void>
}

/** The address cannot be bound; the sentence says why, and what to do. */
export class HttpError extends Error {
  constructor(text: string, cause: unknown) {
    super(text, { cause })
    this.name = "HttpError"
  }
}

/** Who takes nothing for longer while something is sent, or takes longer to ask for the next, is let go, ms: there are not places for all the world. */
const idleMs = 30_000

/** Rejects with `HttpError`. */
export async function startHttp({ host, port, log }: HttpOptions): Promise<HttpServer> {
  const shelf = new Shelf()
  let files: FileSource | undefined
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5000, maxHeaderSize: 8192 }, (request, response) => {
    answer({ shelf, files }, request, response).catch((error: unknown) => {
      log.warn({ err: error }, "a request could not be answered")
      if (response.headersSent) response.destroy()
      else plain(response, 500, "Something went wrong.")
    })
  })
  server.maxConnections = 200
  server.setTimeout(idleMs)
  server.on("clientError", (_, socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(refusal(error, host, port)))
    server.listen(port, host, resolve)
  })
  server.on("error", (error) => log.warn({ err: error }, "the HTTP server has a problem"))
  return {
    shelf,
    serve: (source) => void (files = source),
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Served {
  shelf: Shelf
  files: FileSource | undefined
}

async function answer({ shelf, files }: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = "" } = request
  response.setHeader("X-Content-Type-Options", "nosniff")
  response.setHeader("Content-Security-Policy", "default-src 'none'")
  if (method !== "GET" && method !== "HEAD") return plain(response.setHeader("Allow", "GET, HEAD"), 405, "Only GET is answered here.")
  const path = url.split("?", 1)[0] ?? ""
  // Behind a proxy the public address may have a path of its own before ours.
  const at = path.lastIndexOf(shelfPath)
  const picture = at === -1 ? undefined : shelf.get(path.slice(at + shelfPath.length))
  if (picture) return show(picture, method, response)
  // The name at its end may hold anything, but no slash.
  const rest = path.split("/").slice(-3).join("/")
  if (files && path.endsWith(filePath + rest) && (await answerFile(files, rest, request, response))) return
  plain(response, 404, "There is nothing here.")
}

function show(picture: Picture, method: string, response: ServerResponse): void {
  // What has another content has another address.
  response.setHeader("Cache-Control", "public, max-age=604800, immutable")
  response.setHeader("Content-Type", picture.mime)
  response.setHeader("Content-Length", picture.bytes.length)
  response.end(method === "HEAD" ? undefined : picture.bytes)
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.setHeader("Content-Type", "text/plain; charset=utf-8")
  response.end(`${text}\n`)
}

function refusal(error: NodeJS.ErrnoException, host: string, port: number): HttpError {
  const where = `${host.includes(":") ? `[${host}]` : host}:${port}`
  const why =
    error.code === "EADDRINUSE"
      ? "another program listens there"
      : error.code === "EADDRNOTAVAIL"
        ? "this machine has no such address"
        : error.code === "EACCES"
          ? "this user may not listen on that port"
          : error.message
  return new HttpError(`http.listen ${where} cannot be used: ${why}. Choose another address or port.`, error)
}
