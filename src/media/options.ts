// How files are handled, as the configuration says it (section `files`).
export interface FilesOptions {
  /** Absolute path of a folder of our own: what is under way, and what our own HTTP server serves. */
  folder: string
  /** Bytes of one file, in either direction. */
  maxBytes: number
  /** Bytes of all that is under way. */
  spoolBytes: number
  /** Bytes of all that our own HTTP server serves. */
  quotaBytes: number
  /** How long our own HTTP server serves a file. */
  keepMs: number
  /** Where files of the networks go if there is both. */
  prefer: "upload" | "http"
  /** Whether `aesgcm:` links of users are decrypted here. */
  aesgcm: boolean
  /** Hosts and networks that users may show files from though they are not public: `10.0.0.0/8`, `upload.example.org`, `127.0.0.1:5280`. */
  allowPrivate: readonly string[]
  /** Files under way at once, each network and direction. */
  transfers: number
}

const MB = 1_000_000

/** `store`: path of the database. */
export const filesDefaults = (store: string): FilesOptions => ({
  folder: `${store}.files`,
  maxBytes: 100 * MB,
  spoolBytes: 2000 * MB,
  quotaBytes: 2000 * MB,
  keepMs: 30 * 24 * 60 * 60_000,
  prefer: "upload",
  aesgcm: false,
  allowPrivate: [],
  transfers: 8,
})
