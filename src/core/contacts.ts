// From what a person typed («@juliet», a number) to a contact that can be written to.
import type { Capabilities } from "../adapter/contract.js"
import { AdapterError } from "../adapter/errors.js"
import type { Store } from "./store.js"
import type { Accounts } from "./accounts.js"
import type { Directory } from "./directory.js"
import { refusedBy } from "./errors.js"
import { asNew } from "./inbound.js"
import { Lru } from "./lru.js"
import type { ContactRow, Link } from "./model.js"
import { Refusal, type Contact, type Face } from "./ports.js"
import { both, words } from "./words/words.js"

/** How long a person waits for a session that is about to come up, in ms. */
const patienceMs = 10_000

interface ContactsParts {
  store: Store
  directory: Directory
  accounts: Accounts
  face: () => Face
  /** Id and name of the network. */
  network: string
  name: string
  capabilities: Capabilities
  /** Whether they write to each other; what is said where they do not. */
  isMutual(link: Link, legacyId: string): Promise<boolean>
  notAgreed(): Refusal
}

export class Contacts {
  /** Whom the network did not know, and when it said so, on the clock of `performance.now`. */
  readonly #unknown = new Lru<string, { at: number; error: Refusal }>(1000)

  constructor(private readonly parts: ContactsParts) {}

  /** Somebody to be written to must exist. All that had `arrived` before the network's answer shares it: a burst is one question. Throws `Refusal`. */
  async meet(link: Link, legacyId: string, arrived: number): Promise<void> {
    const key = `${link.id} ${legacyId}`
    const unknown = this.#unknown.get(key)
    if (unknown && arrived <= unknown.at) throw unknown.error
    if (await this.parts.store.rosterEntry(link.id, legacyId)) return
    await this.resolve(link, legacyId).catch((error: unknown) => {
      if (error instanceof Refusal) this.#unknown.set(key, { at: performance.now(), error })
      throw error
    })
  }

  /** Known people first, then the network's own search. Throws `Refusal`. */
  async resolve(link: Link, typed: string): Promise<ContactRow> {
    const { store, name, capabilities } = this.parts
    const text = typed.trim()
    if (text === "") throw new Refusal("bad-request", words("Give a name or number of {network}.", { network: name }), "modify")
    const known = text.startsWith("@") ? await store.findContact(link.id, text.slice(1)) : (await store.rosterEntry(link.id, text))?.contact
    if (known && link.role === "owner") return known
    if (link.role === "guest") {
      // On a shared account nobody is looked up: whoever has agreed is known.
      if (known && (await this.parts.isMutual(link, known.legacyId))) return known
      throw this.parts.notAgreed()
    }
    const found = await this.#ask(link, text)
    if (found) return this.#keep(link, found)
    const hint = capabilities.find?.hint
    const nobody = words("{network} knows nobody called «{name}» whom this account can reach.", { network: name, name: text })
    throw new Refusal("item-not-found", hint === undefined ? nobody : both(nobody, hint))
  }

  /** Only «none» is offered (docs/adr/0005): what was «asked» becomes so again. Who is in the list stays as they are. */
  async offer(link: Link, contact: ContactRow): Promise<void> {
    const { store, face } = this.parts
    const entry = await store.rosterEntry(link.id, contact.legacyId)
    if (entry?.subscription !== "asked" && entry?.subscription !== "from") return
    await store.setSubscription(link.id, contact.id, "none")
    face().contactChanged(link, { ...entry, subscription: "none" })
  }

  async #ask(link: Link, text: string): Promise<Contact | undefined> {
    const { accounts, name } = this.parts
    const live = await accounts.soonLive(link.accountId, patienceMs)
    if (!live)
      throw new Refusal(
        "remote-server-timeout",
        accounts.state(link.accountId).text || words("{network} cannot be asked now.", { network: name }),
        "wait",
      )
    try {
      if (live.session.find) return (await live.session.find({ text }, live.signal)).items[0]
      return await live.session.contact?.(text.replace(/^@/, ""), live.signal)
    } catch (error) {
      const refused = refusedBy(error, name)
      if (error instanceof AdapterError) throw new Refusal(refused.condition, refused.text, refused.type)
      throw error
    }
  }

  async #keep(link: Link, contact: Contact): Promise<ContactRow> {
    const { store, directory, face, network } = this.parts
    const entry = await store.putContact(link.id, asNew(contact, network, directory.contact(link, contact.id)), Date.now())
    directory.rememberContact(link, entry.contact)
    face().contactChanged(link, entry)
    return entry.contact
  }
}
