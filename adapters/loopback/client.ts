// A gateway's connection to a network in another process.
import { connect } from "node:net"
import { AdapterError } from "xferry"
import { whenAborted } from "./aborts.js"
import { parseAddress, toNet } from "./address.js"
import { Lines } from "./lines.js"
import {
  toError,
  type Answer,
  type Answers,
  type Credentials,
  type Ear,
  type Failure,
  type Line,
  type LoopEvent,
  type Person,
  type Request,
} from "./protocol.js"

type Hello = { hello: "login" | "logout" | "gateway"; account: string; password?: string; window?: number }
type FromServer = { welcome?: Person; error?: Failure; ended?: Failure; n?: number; event?: LoopEvent; seq?: number; ok?: Answer }

interface Pending {
  resolve(answer: Answer): void
  reject(error: AdapterError): void
  /** The abort of the call's signal is of no interest any more. */
  forget(): void
}

/** Says hello and resolves with the welcome; `ear` hears what comes after it. */
async function dial(where: string, hello: Hello, ear: Ear, signal: AbortSignal): Promise<Line> {
  signal.throwIfAborted()
  const noAnswer = (): AdapterError => new AdapterError("retry", `The loopback network at ${where} does not answer.`)
  const pending = new Map<number, Pending>()
  const socket = connect(toNet(parseAddress(where)))
  let seq = 0
  let closed = false
  let acked = 0
  let committed = 0
  return new Promise<Line>((resolve, reject) => {
    const giveUp = (): void => {
      closed = true
      socket.destroy()
      reject(noAnswer())
    }
    signal.addEventListener("abort", giveUp, { once: true })
    const lines = new Lines(socket, { line: (value) => take(value as FromServer), bad: () => socket.destroy(), closed: hungUp })
    lines.write(hello)

    let welcomed = false
    function take({ welcome, error, ended, n, event, seq: answered, ok }: FromServer): void {
      if (event !== undefined) return closed ? undefined : ear.event(n!, event)
      if (answered !== undefined) {
        const waiting = pending.get(answered)
        pending.delete(answered)
        waiting?.forget()
        return error === undefined ? waiting?.resolve(ok!) : waiting?.reject(toError(error))
      }
      if (welcome !== undefined) {
        welcomed = true
        signal.removeEventListener("abort", giveUp)
        return resolve({ self: welcome, request, ack, close })
      }
      const failure = error ?? ended
      if (failure === undefined) return
      if (welcomed) end(toError(failure))
      else reject(toError(failure))
      lines.end()
    }

    function end(error: AdapterError): void {
      if (closed) return
      closed = true
      ear.ended(error)
    }

    function hungUp(): void {
      signal.removeEventListener("abort", giveUp)
      reject(noAnswer())
      if (welcomed) end(new AdapterError("retry", `The loopback network at ${where} hung up.`))
      for (const { reject: fail, forget } of pending.values()) {
        forget()
        fail(new AdapterError("unknown-outcome", "The loopback network did not answer."))
      }
      pending.clear()
    }

    async function request<R extends Request>(asked: R, aborted: AbortSignal): Promise<Answers[R["op"]]> {
      if (closed || socket.destroyed) throw noAnswer()
      return new Promise<Answer>((answer, fail) => {
        const number = ++seq
        const forget = whenAborted(aborted, () => {
          pending.delete(number)
          fail(new AdapterError("unknown-outcome", "The loopback network did not answer.", { cause: aborted.reason }))
        })
        if (aborted.aborted) return
        pending.set(number, { resolve: answer, reject: fail, forget })
        lines.write({ seq: number, ...asked })
      }) as Promise<Answers[R["op"]]>
    }

    /** Once a tick, for all of it. */
    function ack(n: number): void {
      if (acked === committed) process.nextTick(() => lines.write({ ack: (acked = committed) }))
      committed = n
    }

    function close(): void {
      closed = true
      lines.end()
      socket.destroySoon()
    }
  })
}

const deaf: Ear = { event: () => undefined, ended: () => undefined }

/** The three things a session needs of a network, wherever it is. */
export interface Access {
  login(credentials: Credentials, signal: AbortSignal): Promise<Person>
  logout(credentials: Credentials, signal: AbortSignal): Promise<void>
  attach(credentials: Credentials, ear: Ear, window: number, signal: AbortSignal): Promise<Line>
}

export function remote(where: string): Access {
  return {
    login: async (credentials, signal) => (await dial(where, { hello: "login", ...credentials }, deaf, signal)).self,
    logout: async ({ account }, signal) => void (await dial(where, { hello: "logout", account }, deaf, signal)),
    attach: async (credentials, ear, window, signal) => dial(where, { hello: "gateway", ...credentials, window }, ear, signal),
  }
}
