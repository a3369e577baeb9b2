// A small web server on loopback for tests: answers as a test says, and records who asked.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface Web {
  port: number
  /** Paths asked for, in order. */
  asked: string[]
  /** Headers of the last request. */
  headers: IncomingMessage["headers"]
  /** Connections taken. */
  connections: number
  close(): Promise<void>
}

export async function startWeb(answer: Answer, host = "127.0.0.1"): Promise<Web> {
  const server = createServer((request, response) => {
    web.asked.push(request.url ?? "")
    web.headers = request.headers
    answer(request, response)
  })
  server.on("connection", () => web.connections++)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const web: Web = {
    port: (server.address() as AddressInfo).port,
    asked: [],
    headers: {},
    connections: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return web
}
