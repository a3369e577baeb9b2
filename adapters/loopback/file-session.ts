// Files between a gateway and the network: in parts, so that neither holds a whole one to pass it on.
import { AdapterError, type Body, type FileRef, type Send, type Upload } from "xferry"
import { fromExtra, type LoopExtra, type SentFile } from "./content.js"
import type { Line } from "./protocol.js"
import type { LoopbackCapabilities } from "./session.js"

/** Bytes of one request. */
const part = 64 * 1024

export interface Sendable {
  text: string
  spans?: NonNullable<Body["spans"]>
  files?: SentFile[]
  extras?: LoopExtra[]
}

/** As the network takes it, if it does. `asks`: a question of the gateway's own, which may offer a choice. */
export function checked(
  { text, spans, files = [], extras = [] }: Body<Upload>,
  { send }: LoopbackCapabilities,
  asks = false,
): Omit<Sendable, "files"> {
  const refuse = (sentence: string, kind: "rejected" | "unsupported" = "rejected"): never => {
    throw new AdapterError(kind, sentence)
  }
  const { maxChars = Infinity, maxCaption = maxChars, formatting = [] } = send
  if (text === "" && files.length === 0 && extras.length === 0) refuse("The message is empty.")
  const most = files.length > 0 ? maxCaption : maxChars
  if (text.length > most) refuse(`The message is longer than ${most} characters.`)
  if (files.length > 0 && !send.files) refuse("This network takes no files.", "unsupported")
  const { maxBytes = Infinity, kinds = [], perMessage = 1 } = send.files ?? {}
  if (files.length > perMessage) refuse(`A message has at most ${perMessage} files.`)
  for (const { bytes = 0, kind } of files) {
    if (bytes > maxBytes) refuse(`The file is larger than ${maxBytes} bytes.`)
    if (kind !== undefined && !kinds.includes(kind)) refuse(`A file cannot be shown as ${kind} here.`, "unsupported")
  }
  for (const { type } of extras)
    if (!(asks && type === "choice") && !send.extras?.includes(type)) refuse(`This network knows no ${type}.`, "unsupported")
  for (const { kind } of spans ?? []) if (!formatting.includes(kind)) refuse(`This network knows no ${kind}.`, "unsupported")
  return { text, ...(spans && { spans }), ...(extras.length > 0 && { extras: extras.map(fromExtra) }) }
}

/** The network has the bytes of these files when it resolves. */
export async function uploaded(line: Line, { body }: Pick<Send, "body">, signal: AbortSignal): Promise<{ files?: SentFile[] }> {
  const files: SentFile[] = []
  for (const { open, ...info } of body.files ?? []) {
    let upload: string | undefined
    const put = async (chunk: Uint8Array): Promise<void> => {
      const base64 = Buffer.from(chunk).toString("base64")
      upload = (await line.request({ op: "upload", base64, ...(upload !== undefined && { upload }) }, signal)).upload
    }
    for await (const chunk of await open(signal)) for (let at = 0; at < chunk.length; at += part) await put(chunk.subarray(at, at + part))
    if (upload === undefined) await put(new Uint8Array())
    files.push({ ...info, upload: upload! })
  }
  return files.length > 0 ? { files } : {}
}

export async function downloaded(
  line: Line,
  { ref }: FileRef,
  signal: AbortSignal,
  maxBytes = Infinity,
): Promise<{ stream: ReadableStream<Uint8Array>; bytes: number; mime: string }> {
  const first = await line.request({ op: "download", ref, offset: 0 }, signal)
  const { bytes, mime } = first
  if (bytes > maxBytes) throw new AdapterError("rejected", `The file is larger than ${maxBytes} bytes.`)
  let offset = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { base64 } = offset === 0 ? first : await line.request({ op: "download", ref, offset }, signal)
        const chunk = Buffer.from(base64, "base64")
        offset += chunk.length
        if (chunk.length > 0) controller.enqueue(chunk)
        if (offset >= bytes || chunk.length === 0) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, bytes, mime }
}
