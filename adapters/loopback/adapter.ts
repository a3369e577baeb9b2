// The adapter itself, in as many variants as there are tables of capabilities.
import { AdapterError, type Adapter } from "xferry"
import { findNetwork } from "./access.js"
import { options, type Options } from "./options.js"
import type { Credentials } from "./protocol.js"
import { manageable } from "./room-manage.js"
import { openSession, type LoopbackCapabilities } from "./session.js"

export const standard = {
  send: {
    maxChars: 2000,
    idempotent: true,
    files: { maxBytes: 20_000_000, kinds: ["image", "video", "audio", "voice", "video-note", "animation", "sticker"], perMessage: 4 },
    extras: ["location", "contact"],
  },
  tells: ["typing", "edit", "retract", "presence", "members", "reactions", "read", "delivered"],
  reply: {},
  react: {},
  read: {},
  interact: {},
  edit: {},
  retract: { others: true },
  typing: {},
  download: { maxBytes: 20_000_000 },
  find: { hint: "@name or the person's id" },
  rooms: {},
  members: { complete: true },
  access: {},
  entry: {},
  history: { maxPage: 100, older: true },
  manage: { can: manageable },
} satisfies LoopbackCapabilities

const { download: _download, ...withoutFiles } = standard
const { rooms: _rooms, members: _members, access: _access, history: _history, ...bare } = standard

/** As a network that has texts and nothing else. */
export const textOnly = { ...withoutFiles, send: { maxChars: 2000, idempotent: true } } satisfies LoopbackCapabilities

/** As a network whose accounts can carry logins of other people, with less in their chats. */
export const carrying = {
  ...standard,
  read: { logins: true },
  logins: { replyHours: 24, limits: { react: false } },
} satisfies LoopbackCapabilities

/** As a network that knows formatting by spans. */
export const formatted = {
  ...standard,
  send: { ...standard.send, formatting: ["bold", "italic", "underline", "strike", "code", "pre", "quote", "spoiler", "link", "mention"] },
} satisfies LoopbackCapabilities

/** As a network that lists neither rooms nor members and keeps no history: a room is known by what is said in it. */
export const unlisted = { ...bare, tells: ["typing", "edit"] } satisfies LoopbackCapabilities

/** What is no capability. `albums`: of several files each is a message of its own, the first with the text. */
export interface Manner {
  albums?: boolean
}

/**
 * A loopback adapter with these capabilities.
 *
 * @example
 * const forgetful = loopback({ ...standard, send: { maxChars: 300 } }) // a second send with the same key is a second message
 */
export function loopback<C extends LoopbackCapabilities>(
  capabilities: C,
  { albums = false }: Manner = {},
): Adapter<Options, Credentials, C> {
  return {
    api: 1,
    network: { id: "loopback", name: "Loopback", discoType: "loopback" },
    capabilities,
    options,
    async login(ask, options, signal) {
      const answers = await ask({
        title: "Loopback network",
        text: "A network that plays inside this machine. Any name and password will do, but «wrong» is a wrong password.",
        fields: [
          { name: "name", label: "Name" },
          { name: "password", label: "Password", secret: true },
        ],
      })
      const { name = "", password = "" } = answers
      if (name.trim() === "") throw new AdapterError("denied", "A name is needed.")
      const secret = { account: name.trim(), password }
      const { id } = await (await findNetwork(options)).login(secret, signal)
      return { id, secret }
    },
    async connect(credentials, options, host) {
      const access = await findNetwork(options, (address) => host.log.info({ address }, "the loopback network listens for drivers"))
      const session = await openSession({ access, credentials, capabilities, albums, window: options.window, host })
      return session // all verbs are there, whatever C declares of them
    },
    async logout(credentials, options, signal) {
      await (await findNetwork(options)).logout(credentials, signal)
    },
  }
}
