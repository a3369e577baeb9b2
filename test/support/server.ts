// What the two real XMPP servers of the tests have in common.

export interface ComponentConfig {
  domain: string
  secret: string
  /** XEP-0356: roster, messages as the user, presence and (Prosody) PEP. */
  privileged?: boolean
}

export interface ServerConfig {
  /** Default: `example.test`. */
  domain?: string
  components?: ComponentConfig[]
  /** Accounts that exist from the start: local part → password. */
  users?: Record<string, string>
  /** Prosody only: the port for clients, if it is free. */
  c2sPort?: number
  /** XEP-0363 at `upload.<domain>`. */
  upload?: boolean
  /** XEP-0313 for the users. Default: true. */
  mam?: boolean
  /** Prosody only. `disk` keeps the archive over restarts, but slows down at 10,000 messages a user. Default: memory. */
  archive?: "memory" | "disk"
  /** Prosody only: lines for the global section and for the host's section. */
  extra?: { global?: string; host?: string }
}

/** A running server with a folder and ports of its own; both stay the same over restarts. */
export interface XmppServer {
  readonly kind: "prosody" | "ejabberd"
  readonly domain: string
  readonly c2sPort: number
  readonly componentPort: number
  readonly httpPort: number
  /** XMPP over WebSocket (RFC 7395). */
  readonly wsUrl: string
  readonly logFile: string
  readonly pid: number
  /** Also while it runs. */
  addUser(user: string, password: string): Promise<void>
  /** Starts it again after `halt` or `kill9`; resolves when clients and components can log in. */
  start(): Promise<void>
  /** Ends it politely, data kept. */
  halt(): Promise<void>
  /** SIGKILL, data kept as the disk has them. */
  kill9(): Promise<void>
  /** `halt` and `start`. */
  restart(): Promise<void>
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>
}
