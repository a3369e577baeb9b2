// What is stored of files: where the networks' were put, and those that our own HTTP server serves.
import type { Attached } from "../content.js"
import type { KeptFile } from "./media.js"

/** As all of `Store`: one transaction a function. Times are epoch ms. */
export interface FileStore {
  /** Where this file of the network's was put and still is. */
  sharedFile(network: string, stableId: string, now: number): Promise<Attached | undefined>
  putSharedFile(file: { network: string; stableId: string; attached: Attached; expiresAt: number }): Promise<void>
  /** A file that our own HTTP server serves from now on. */
  keepFile(file: KeptFile): Promise<void>
  keptFile(id: string): Promise<KeptFile | undefined>
  /** All there are, for the start. */
  keptFiles(): Promise<KeptFile[]>
  /** Forgets up to `limit` files: those past their time, then, while all together have more than `most` bytes, those whose time comes first. */
  dropKept(now: number, most: number, limit: number): Promise<string[]>
  /** Forgets these: they are not on disk. */
  forgetKept(ids: readonly string[]): Promise<void>
  /** Deletes up to `limit` notes on where a file was put, past their time; resolves how many. */
  pruneShared(now: number, limit: number): Promise<number>
}
