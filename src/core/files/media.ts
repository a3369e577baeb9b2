// Files between the network and XMPP clients, as the core uses them (docs/adr/0009); src/media implements it. Types, and one error.
import type { FileRef, Upload } from "../../adapter/contract.js"
import type { Attached, Linked } from "../content.js"
import type { Slot, SlotRequest } from "../ports.js"

/** Where a network's file comes from, and in whose name it is put where clients fetch it. */
export interface Sharing {
  network: string
  /** Of the session that is up. Rejects with `AdapterError`. */
  download(file: FileRef, signal: AbortSignal): Promise<{ stream: ReadableStream<Uint8Array>; bytes?: number; mime?: string }>
  /** Bytes the network lets us have at most (`capabilities.download.maxBytes`). */
  maxBytes: number
  /** As `Face.slot`. */
  slot(file: SlotRequest): Promise<Slot | undefined>
  signal: AbortSignal
}

/** What a network takes (`capabilities.send.files`). */
export interface Taking {
  maxBytes: number
  signal: AbortSignal
}

/** A file of a user's, on disk. It can be opened as often as a retry needs, until it is released. */
export interface Taken {
  upload: Upload
  release(): void
}

/** A file that our own HTTP server serves. */
export interface KeptFile {
  /** 32 hex digits; the name of the file on disk. */
  id: string
  /** As it is offered to who fetches it. */
  name: string
  mime: string
  bytes: number
  /** Epoch ms. */
  expiresAt: number
}

/** Why a file was not carried; the sentence is for whoever showed it. */
export class FileRefused extends Error {
  constructor(
    readonly why: "too-large" | "unsafe" | "encrypted" | "unavailable" | "full",
    text: string,
    options?: ErrorOptions,
  ) {
    super(text, options)
    this.name = "FileRefused"
  }
}

/** Bounded in memory, disk, time and number; many at once wait for one another, each network's apart. */
export interface Media {
  /** `aesgcm:` files may be decrypted: the network gets them in the clear. */
  readonly decrypts: boolean
  /**
   * Puts a network's file where clients fetch it, by the server's upload service or our own HTTP server; a sticker is converted if clients need
   * that, and put there once. Resolves with `url` or with `failed`. Rejects with `AdapterError` «retry» if it is to be tried again.
   */
  share(file: Attached, how: Sharing): Promise<Attached>
  /** Fetches what a user showed, from a public address only. Rejects with `FileRefused`, or with `AdapterError` «retry». */
  take(file: Linked, how: Taking): Promise<Taken>
  stop(): Promise<void>
}
