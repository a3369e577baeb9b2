// Whether the networks still take the credentials of the users.
import { AdapterError } from "../adapter/errors.js"
import type { Ask, Host } from "../adapter/contract.js"
import type { Config, NetworkConfig } from "../config/index.js"
import type { Account } from "../core/model.js"
import { redactor } from "../redact.js"
import { accountSeal, Sealer } from "../store/seal.js"
import type { Store } from "../core/store.js"
import { bad, good, note, type Finding } from "./report.js"

/** So many are tried unless all are asked for: enough to see that logging in works at all. */
const few = 3

/** One by one: a network that sees all accounts log in at once may take it for an attack. */
export async function checkAccounts(
  config: Config,
  network: NetworkConfig,
  store: Store,
  all: boolean,
  patienceMs: number,
): Promise<Finding[]> {
  const sealer = new Sealer(config.secretKeys.map((key) => key.reveal()))
  const stored = await store.loadNetwork(network.id)
  // Those of the configuration are tried by what it says now (checkConfigured).
  const accounts = stored.accounts.filter(({ tag }) => tag === "")
  const { links } = stored
  const findings: Finding[] = []
  for (const account of all ? accounts : accounts.slice(0, few)) {
    const owner = links.find((link) => link.accountId === account.id)?.jid ?? "nobody"
    findings.push(await checkAccount(network, account, owner, sealer, patienceMs))
  }
  const more = accounts.length - findings.length
  if (more > 0) findings.push(note(`${more} more ${more === 1 ? "account" : "accounts"} not tried: xferry check --accounts tries all`))
  return findings.length === 0 && all ? [note("No user has registered yet")] : findings
}

/** Each account of the configuration, by the answers it gives: the login `run` would make. */
export async function checkConfigured(network: NetworkConfig, patienceMs: number): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, login } of network.accounts) {
    const where = `networks.${network.id}.accounts.${name}`
    const ask: Ask = ({ fields = [] }) =>
      Promise.resolve(
        Object.fromEntries(
          fields.map((field) => {
            const answer = login[field.name]
            if (answer === undefined) throw new Error(`${where}.login.${field.name} is missing: ${field.label}`)
            return [field.name, answer.reveal()]
          }),
        ),
      )
    try {
      const { id } = await network.adapter.login(ask, network.options, AbortSignal.timeout(patienceMs))
      findings.push(good(`Account «${name}» of the configuration logs in, as ${id}`))
    } catch (error) {
      findings.push(bad(`Account «${name}» of the configuration does not log in: ${(error as Error).message}`, [`Mend ${where}.login.`]))
    }
  }
  return findings
}

async function checkAccount(network: NetworkConfig, account: Account, owner: string, sealer: Sealer, patienceMs: number): Promise<Finding> {
  const who = `Account ${account.legacyId} of ${owner}`
  const again = [`${owner} has to register again with ${network.domain}.`]
  if (account.sealed === null) return bad(`${who} has no credential.`, again)
  const end = new AbortController()
  try {
    const secret: unknown = JSON.parse(sealer.open(account.sealed, accountSeal(network.id, account.legacyId)))
    redactor.addAll(secret)
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer in ${patienceMs / 1000} s`)), patienceMs)
      end.signal.addEventListener("abort", () => clearTimeout(timer))
    })
    const session = await Promise.race([network.adapter.connect(secret, network.options, idleHost(end.signal)), late])
    // It ends because we leave; how is of no interest.
    session.ended.catch(() => undefined)
    return good(`${who} logs in`)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return error instanceof AdapterError && error.kind === "logged-out"
      ? bad(`${who}: ${text}`, again)
      : bad(`${who} does not log in: ${text}`)
  } finally {
    end.abort()
  }
}

/** Takes nothing: what the network says meanwhile is never acknowledged, and comes again when the gateway runs. */
function idleHost(signal: AbortSignal): Host {
  const quiet = (): void => undefined
  return {
    log: { debug: quiet, info: quiet, warn: quiet },
    signal,
    emit: () => new Promise(() => undefined),
    commands: [],
    run: () => Promise.resolve({ text: "" }),
    state: { get: () => Promise.resolve(undefined), set: () => Promise.resolve() },
  }
}
