// What the rest of the gateway gets from the config file.
import type { AnyAdapter } from "../adapter/define.js"
import type { BareJid } from "../core/model.js"
import type { LimitSettings } from "../core/admin/limits.js"
import type { FixedBridge } from "../core/bridges/fixed.js"
import type { ReactionMode } from "../core/asides/means.js"
import type { HttpAddress, ServerAddress } from "./address.js"
import type { FilesOptions } from "../media/options.js"
import type { LogFormat, LogLevel } from "../log.js"
import type { Secret } from "./secret.js"

export interface Config {
  /** The file it came from, as given. */
  file: string
  /** Absolute path of the SQLite database. */
  store: string
  /** 32 bytes each. The first seals; all open. At least one. */
  secretKeys: readonly Secret<Buffer>[]
  log: { level: LogLevel; format: LogFormat }
  retention: { messageDays: number; archiveDays: number; contactDays: number }
  /** Absent: nothing is served. `publicUrl` has no slash at its end. */
  http?: { listen: HttpAddress; publicUrl: string }
  /** What is absent has its default (media/options.ts). */
  files?: Partial<FilesOptions>
  /** In the order of the file, at least one. */
  networks: readonly NetworkConfig[]
  /** Absent: none of the configuration, and whoever may register on some network may make them. */
  bridges?: BridgesConfig
  /** Sentences for the log: it works, but should be changed. */
  warnings: readonly string[]
}

export interface BridgesConfig {
  /** Patterns for `isAllowed`: who may begin with bridges, besides administrators. */
  allow: readonly string[]
  fixed: readonly FixedBridge[]
}

export interface NetworkConfig {
  /** Name of the network in the config and in the database. */
  id: string
  domain: string
  /** Of the component (XEP-0114). */
  secret: Secret
  server: Server
  adapterName: string
  adapter: AnyAdapter
  /** What the adapter's own schema made of its options. */
  options: unknown
  admins: readonly BareJid[]
  /** Patterns for `isAllowed`. */
  register: { allow: readonly string[] }
  accounts: readonly AccountConfig[]
  /** Default: «both». */
  reactions?: ReactionMode
  limits?: LimitSettings
}

/** An account that belongs to no user. */
export interface AccountConfig {
  /** Its name in the file, and the tag of its rooms' addresses. */
  name: string
  /** Answers to the questions of the adapter's login, by field. */
  login: Readonly<Record<string, Secret>>
  /** By the network's id of a room, or «*»: patterns of who may enter. */
  rooms: Readonly<Record<string, readonly string[]>>
  /** Default «listed»: by `rooms` alone. «proven»: users prove who they are, and the network says where they may be. */
  join?: "listed" | "proven"
  /** Several users may prove to be the same foreign person. */
  sharedIdentities?: boolean
}

export interface Server extends ServerAddress {
  /** Set when `secure`: PEM to trust instead of the system's, and the name to expect in the certificate. */
  tls: { ca: string | undefined; servername: string } | undefined
}
