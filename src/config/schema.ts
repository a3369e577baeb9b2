// Every option of the config file: what it must be, its default and its documentation, in one place.
import { z } from "zod"
import { parseBareJid, parseDomain, parseListen, parsePublicUrl, parseServer, type HttpAddress, type ServerAddress } from "./address.js"
import { bridgesSection } from "./bridges.js"
import { KEY_REMEDY, parseKeys } from "./keys.js"
import { count, list, oneOf, section, text, word } from "./option.js"
import { parseAllowed } from "../media/allowed.js"
import { redactor } from "../redact.js"
import { Secret } from "./secret.js"

const server = text<ServerAddress>(
  { description: "Where the XMPP server takes components. xmpps:// speaks TLS from the first byte.", must: "a URL, xmpp://localhost:5347" },
  (value) => orWrong(parseServer(value)),
)

const tls = section("How the server's certificate is checked, for xmpps:// only.", {
  ca: word(
    {
      description: "Certificates (PEM) to trust instead of the system's. Give it with !file.",
      must: "one or more certificates in PEM; use !file",
    },
    (value) => (value.includes("-----BEGIN CERTIFICATE-----") ? value : undefined),
  ).optional(),
  servername: word(
    { description: "Name in the server's certificate, when it is not the host of the URL.", must: "a host name, xmpp.example.org" },
    parseDomain,
  ).optional(),
})

const store = z
  .string({ error: () => "must be the path of a file, ./data/gateway.db." })
  .min(1, { error: () => "must be the path of a file, ./data/gateway.db." })
  .refine((value) => !/^postgres(ql)?:/i.test(value), {
    abort: true,
    error: () => "PostgreSQL is not there yet. Give the path of a file for SQLite, ./data/gateway.db.",
  })
  .refine((value) => !/^[a-z][a-z0-9+.-]+:\/\//i.test(value), { error: () => "must be the path of a file, not a URL: ./data/gateway.db." })
  .meta({ description: "SQLite database, relative to the config file. Its folder is made if it is missing." })

const secretKey = text<{ keys: readonly Secret<Buffer>[] }>(
  {
    description: `Seals the users' credentials in the database. ${KEY_REMEDY}`,
    must: "32 bytes in base64 or hex",
    remedy: KEY_REMEDY,
  },
  (value) => {
    const keys = parseKeys(value)
    if (typeof keys === "string") return { wrong: keys }
    redactor.add(value)
    return { keys: keys.map((key) => new Secret(key)) }
  },
)

const log = section("What is logged, and how.", {
  level: oneOf("The least important level that is logged. Read again at SIGHUP.", [
    "fatal",
    "error",
    "warn",
    "info",
    "debug",
    "trace",
    "silent",
  ]).default("info"),
  format: oneOf("auto: readable in a terminal, JSON (one object a line) elsewhere.", ["auto", "json", "pretty"]).default("auto"),
})

const days = "a whole number of days, at least 1"
const retention = section("How long things are kept that are no longer needed for delivery.", {
  messageDays: count(
    { description: "Ids of delivered messages, in days: how long an edit or a duplicate is still recognised.", must: days },
    1,
  ).prefault(365),
  archiveDays: count({ description: "The history of rooms, in days.", must: days }, 1).prefault(365),
  contactDays: count({ description: "Contacts that are in nobody's roster any more, in days.", must: days }, 1).prefault(90),
})

const http = section(
  "A small HTTP server for what is fetched from the gateway: by networks the pictures of its users, by users files of the networks.",
  {
    listen: text<HttpAddress>(
      {
        description: "Address and port to listen at. Beyond this machine only behind a proxy that speaks TLS.",
        must: "an address and a port, 127.0.0.1:8088 or [::1]:8088",
      },
      (value) => orWrong(parseListen(value)),
    ).prefault("127.0.0.1:8088"),
    publicUrl: word(
      {
        description: "Under which the world reaches it, as your proxy passes it on.",
        must: "an http or https URL without query, https://xferry.example.org",
      },
      parsePublicUrl,
    ),
  },
)

const megabytes = "a whole number of megabytes, at least 1"
const files = section("Files, in both directions.", {
  folder: word(
    {
      description: "A folder for files, relative to the config file. Default: beside the database, its name and `.files`.",
      must: "the path of a folder, ./data/files",
    },
    (value) => value,
  ).optional(),
  maxMb: count(
    { description: "Size of one file in MB, in either direction. What is larger goes as a link, or is told of.", must: megabytes },
    1,
  ).prefault(100),
  spoolMb: count({ description: "Room on disk for files under way, in MB.", must: megabytes }, 1).prefault(2000),
  quotaMb: count(
    { description: "Room on disk for files that the gateway's own HTTP server serves, in MB. The oldest go first.", must: megabytes },
    1,
  ).prefault(2000),
  keepDays: count({ description: "Days for which the gateway's own HTTP server serves a file.", must: days }, 1).prefault(30),
  prefer: oneOf(
    "Where files of the networks go if there is both: the XMPP server's upload service, or the gateway's own HTTP server (section `http`).",
    ["upload", "http"],
  ).default("upload"),
  aesgcm: z
    .boolean({ error: () => "must be true or false." })
    .default(false)
    .meta({
      description:
        "Decrypt aesgcm:// links of users in the gateway, so that the network gets the file. The network and you can then see it.",
    }),
  allowPrivate: list(
    {
      description:
        "Hosts and networks that users may show files from though their addresses are not public, such as your own upload service: host, host:port, or 10.0.0.0/8.",
      must: "a list: [upload.example.org, 127.0.0.1:5280, 10.0.0.0/8]",
    },
    word({ description: "Host or network.", must: "a host, host:port or network (10.0.0.0/8)" }, parseAllowed),
  ).default([]),
  transfers: count({ description: "Files under way at once, each network and direction.", must: "a whole number, at least 1" }, 1).prefault(
    8,
  ),
})

const jid = word({ description: "A bare JID.", must: "a bare JID, romeo@example.org" }, parseBareJid)
const pattern = word({ description: "Who.", must: "«*», a domain, or a bare JID; «*» needs quotes" }, (value) =>
  value === "*" ? value : value.includes("@") ? parseBareJid(value) : parseDomain(value),
)

/** Answers to the questions of the adapter's login. What stands here may be a credential, whatever its name is. */
const answers = z
  .record(
    z.string(),
    text<Secret>({ description: "An answer.", must: "text" }, (value) => new Secret(value)),
    { error: () => "must be a section: the fields that registering asks for, lines of «name: value»." },
  )
  .meta({ description: "What registering would ask for, by the names of its fields, such as a bot's `token`. Give it with !env or !file." })

const whole = "a whole number, at least 0"
const account = section("An account that belongs to no user: its rooms are open to those whom you name.", {
  login: answers,
  join: oneOf(
    "listed: `rooms` says who may enter what. proven: users show who they are on the network, by a code that they hand in there, and may enter what they may see there; `rooms` narrows that.",
    ["listed", "proven"],
  ).default("listed"),
  sharedIdentities: z
    .boolean({ error: () => "must be true or false." })
    .default(false)
    .meta({ description: "With `join: proven`: several users of XMPP may be the same person on the network." }),
  rooms: z
    .record(
      z.string().min(1),
      list({ description: "Who may enter.", must: 'a list: ["*"], [example.org], [romeo@example.org]' }, pattern),
      { error: () => 'must be a section: rooms by the network\'s id, or "*" for all others, each with a list of who may enter.' },
    )
    .default({})
    .meta({
      description:
        'Who may enter which rooms: the network\'s id of a room, or "*" for every other, and a list of "*", domains and bare JIDs.',
    }),
})

const network = section("One network: its domain, and the adapter that speaks with it.", {
  domain: word(
    { description: "The component's domain, as the XMPP server's configuration names it.", must: "a domain such as sms.example.org" },
    parseDomain,
  ),
  secret: text<Secret>(
    { description: "The component's secret, as in the XMPP server's configuration.", must: "the component's secret, as text" },
    (value) => (value === "" ? { wrong: "is empty. Give the component's secret, with !env or !file." } : new Secret(value)),
  ),
  adapter: word(
    {
      description: "A bundled adapter's name, a package's name, or a path. Default: the network's own name.",
      must: "the name of an adapter",
    },
    (value) => value,
  ).optional(),
  server: server.optional(),
  tls: tls.optional(),
  admins: list({ description: "Bare JIDs that may administer this network.", must: "a list of bare JIDs, [me@example.org]" }, jid).default(
    [],
  ),
  register: section("Who may use this network.", {
    allow: list(
      {
        description: 'Users who may register: "*" for all, domains, bare JIDs. Default: the domain above this network\'s.',
        must: 'a list: ["*"], [example.org], [romeo@example.org]',
      },
      pattern,
    ).optional(),
  }).prefault({}),
  accounts: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,15}$/, {
        error: () => "is not a name for an account. Use lower-case letters, digits and -, with a letter first, 16 at most.",
      }),
      account,
      { error: () => "must be a section, an account a name." },
    )
    .default({})
    .meta({ description: "Accounts that belong to no user. The name is part of their rooms' addresses: #room!name@domain." }),
  reactions: oneOf("What your users think of messages, where the account can react only as itself: union, summary, or both as needed.", [
    "union",
    "summary",
    "both",
  ]).default("both"),
  limits: section("How much one user may do on this network. Zero is no limit.", {
    messagesPerMinute: count({ description: "Messages a minute, in all; so many may come at once.", must: whole }, 0).prefault(1200),
    perConversation: count({ description: "Messages a minute in one conversation.", must: whole }, 0).prefault(600),
    firstDay: count({ description: "Messages in a user's first day.", must: whole }, 0).prefault(0),
    maxChars: count({ description: "Characters of one message.", must: whole }, 0).prefault(0),
  }).prefault({}),
  options: z
    .record(z.string(), z.unknown(), { error: () => "must be a section, lines of «name: value»." })
    .default({})
    .meta({ description: "The adapter's own options." }),
})

const networks = z
  .record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, {
      error: () => "is not a name for a network. Use lower-case letters, digits, - and _, with a letter first.",
    }),
    network,
    {
      error: (issue) =>
        issue.input === undefined ? "is missing. Configure a network, see config.example.yaml." : "must be a section, a network a name.",
    },
  )
  .refine((value) => Object.keys(value).length > 0, { error: () => "holds no network. Configure one, see config.example.yaml." })
  .meta({ description: "The networks, by names of your choice. A name stays for ever: it is written into the database." })

/** The whole file. */
export const schema = section("xferry's configuration.", {
  server: server.prefault("xmpp://localhost:5347"),
  tls: tls.optional(),
  store: store.default("./data/gateway.db"),
  secretKey,
  log: log.prefault({}),
  retention: retention.prefault({}),
  http: http.optional(),
  files: files.prefault({}),
  networks,
  bridges: bridgesSection(pattern).prefault({}),
})

export type Parsed = z.output<typeof schema>

/** One option, for documentation and tests. */
export interface OptionDoc {
  /** `networks.<name>.domain` */
  path: string
  description: string
  /** As JSON; undefined: none. */
  default: string | undefined
  required: boolean
}

interface Described {
  description?: string
  default?: unknown
  required?: string[]
  properties?: Record<string, Described>
  items?: Described
  additionalProperties?: Described | boolean
}

/** Every option there is, sections left out. */
export function optionDocs(): OptionDoc[] {
  return walk(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Described, "", true)
}

function walk(node: Described, path: string, required: boolean): OptionDoc[] {
  const below = (name: string): string => (path === "" ? name : `${path}.${name}`)
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([name, child]) => walk(child, below(name), node.required?.includes(name) ?? false))
  }
  if (node.items?.properties !== undefined) return walk(node.items, path, required)
  const each = node.additionalProperties
  if (typeof each === "object" && each.properties !== undefined) return walk(each, below("<name>"), false)
  return [
    { path, description: node.description ?? "", default: node.default === undefined ? undefined : JSON.stringify(node.default), required },
  ]
}

function orWrong<T extends object>(parsed: T | string): T | { wrong: string } {
  return typeof parsed === "string" ? { wrong: parsed } : parsed
}
