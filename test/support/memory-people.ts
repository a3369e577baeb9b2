// Who may write to whom, in memory, behind the XMPP side.
import type { Listed, PeopleService, Report } from "#src/core/consent/ports.js"
import type { Invitation } from "#src/core/consent/invites.js"
import type { BareJid, Consent, Link, RosterEntry } from "#src/core/model.js"

export class MemoryPeople implements PeopleService {
  readonly invitable = true
  readonly invites: Invitation[] = []
  readonly reports: { legacyId: string; report: Report }[] = []

  constructor(
    private readonly linksOf: (user: BareJid) => readonly Link[],
    private readonly roster: (link: Link) => RosterEntry[],
    private readonly note: (call: string) => void,
  ) {}

  invite(_: Link, { uses, days, label }: { uses: number; days: number; label: string }): Promise<{ text: string; url?: string }> {
    this.invites.push({ id: `i${this.invites.length + 1}`, label, uses, expiresAt: Date.now() + days * 86_400_000 })
    return Promise.resolve({ text: "Say: link abcdefghjk", url: "sms:?start=abcdefghjk" })
  }

  invitations = (): Promise<Invitation[]> => Promise.resolve([...this.invites])

  revoke(_: BareJid, id: string): Promise<boolean> {
    const at = this.invites.findIndex((one) => one.id === id)
    if (at !== -1) this.invites.splice(at, 1)
    return Promise.resolve(at !== -1)
  }

  requests = (user: BareJid): Promise<Listed[]> => Promise.resolve(this.of(user, "asked"))
  blocked = (user: BareJid): Promise<Listed[]> => Promise.resolve(this.of(user, "blocked"))

  answer(link: Link, legacyId: string, yes: boolean): Promise<boolean> {
    const entry = this.roster(link).find(({ contact }) => contact.legacyId === legacyId)
    if (link.role === "owner" || entry?.consent !== "asked") return Promise.resolve(false)
    entry.consent = yes ? "both" : "none"
    this.note(`answer ${legacyId} ${yes}`)
    return Promise.resolve(true)
  }

  block(link: Link, legacyId: string, report?: Report): Promise<void> {
    this.set(link, legacyId, "blocked")
    if (report) this.reports.push({ legacyId, report })
    this.note(`block ${legacyId}`)
    return Promise.resolve()
  }

  unblock(link: Link, legacyId: string): Promise<boolean> {
    this.note(`unblock ${legacyId}`)
    return Promise.resolve(this.set(link, legacyId, "both"))
  }

  private of(user: BareJid, consent: Consent): Listed[] {
    return this.linksOf(user).flatMap((link) =>
      this.roster(link)
        .filter((entry) => entry.consent === consent)
        .map((entry) => ({ link, entry })),
    )
  }

  private set(link: Link, legacyId: string, consent: Consent): boolean {
    const entry = this.roster(link).find(({ contact }) => contact.legacyId === legacyId)
    if (entry) entry.consent = consent
    return entry !== undefined
  }
}
