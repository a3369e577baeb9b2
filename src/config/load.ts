// From a file to a `Config`, or to every reason why not at once.
import { readFileSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import type { AnyAdapter } from "../adapter/define.js"
import { loadAdapter, validateOptions } from "../adapter/load.js"
import type { BareJid } from "../core/model.js"
import { filesDefaults, type FilesOptions } from "../media/options.js"
import { redactor } from "../redact.js"
import { parentDomain, type ServerAddress } from "./address.js"
import { bridgeFaults, bridgesConfig } from "./bridges.js"
import { accountsOf, builtin, registerDefault } from "./builtin.js"
import type { Config, NetworkConfig, Server } from "./config.js"
import { faults } from "./faults.js"
import { ConfigError, type Issue, type Path } from "./issue.js"
import { schema, type Parsed } from "./schema.js"
import { readSource, type Source } from "./source.js"

type Env = Readonly<Record<string, string | undefined>>
type Data = Record<string, unknown>

/**
 * Reads and checks a config file, and loads the adapters it names.
 * Throws `ConfigError` with every fault, each with line, column, option and remedy.
 *
 * @example
 * const config = await loadConfig("config.yaml")
 * config.networks[0]?.domain // «sms.example.org»
 */
export async function loadConfig(file: string, env: Env = process.env): Promise<Config> {
  const folder = dirname(resolve(file))
  const source = readSource(readConfig(file), folder, env)
  if (source.broken) throw new ConfigError(file, source.issues)
  hideOptions(source)
  const parsed = schema.safeParse(source.value)
  const adapters = await loadAdapters(source, folder)
  const issues = [
    ...source.issues,
    ...(parsed.success ? [] : faults(parsed.error, schema, source)),
    ...doubleDomains(source),
    ...idleTls(source),
    ...tagsOfOthers(source),
    ...bridgeFaults(source, accountNames(source, adapters.byNetwork)),
    ...adapters.issues,
  ]
  if (issues.length > 0 || !parsed.success) {
    throw new ConfigError(
      file,
      issues.sort((a, b) => a.line - b.line || a.column - b.column),
    )
  }
  const { data } = parsed
  const networks = Object.entries(data.networks).flatMap(([id, network]): NetworkConfig[] => {
    const loaded = adapters.byNetwork.get(id)
    return loaded === undefined ? [] : [networkConfig(id, network, data, loaded)]
  })
  return {
    file,
    store: resolve(folder, data.store),
    secretKeys: data.secretKey.keys,
    log: data.log,
    retention: data.retention,
    ...(data.http && { http: data.http }),
    files: filesOptions(data, folder),
    networks,
    bridges: bridgesConfig(data.bridges, [...new Set(networks.flatMap(({ register }) => register.allow))]),
    warnings: warnings(file, source),
  }
}

function filesOptions({ files, store }: Parsed, folder: string): FilesOptions {
  const MB = 1_000_000
  return {
    folder: resolve(folder, files.folder ?? filesDefaults(store).folder),
    maxBytes: files.maxMb * MB,
    spoolBytes: Math.max(files.spoolMb, files.maxMb) * MB,
    quotaBytes: files.quotaMb * MB,
    keepMs: files.keepDays * 24 * 60 * 60_000,
    prefer: files.prefer,
    aesgcm: files.aesgcm,
    allowPrivate: files.allowPrivate,
    transfers: files.transfers,
  }
}

interface Loaded {
  name: string
  adapter: AnyAdapter
  options: unknown
}

function networkConfig(id: string, network: Parsed["networks"][string], data: Parsed, { name, adapter, options }: Loaded): NetworkConfig {
  return {
    id,
    domain: network.domain,
    secret: network.secret,
    server: withTls(network.server ?? data.server, network.tls ?? data.tls),
    adapterName: name,
    adapter,
    options,
    admins: network.admins as BareJid[],
    register: { allow: network.register.allow ?? registerDefault(adapter, [parentDomain(network.domain)]) },
    reactions: network.reactions,
    limits: network.limits,
    accounts: accountsOf(
      adapter,
      Object.entries(network.accounts).map(([name, account]) => ({ name, ...account })),
    ),
  }
}

function withTls(server: ServerAddress, tls: Parsed["tls"]): Server {
  return { ...server, tls: server.secure ? { ca: tls?.ca, servername: tls?.servername ?? server.host } : undefined }
}

async function loadAdapters(source: Source, folder: string): Promise<{ byNetwork: Map<string, Loaded>; issues: Issue[] }> {
  const byNetwork = new Map<string, Loaded>()
  const issues: Issue[] = []
  const report = (path: Path, text: string): void => void issues.push({ path, text, ...source.position(path) })
  for (const [id, network] of networksOf(source)) {
    const name = network.adapter ?? id
    if (typeof name !== "string" || name === "") continue
    const at = ["networks", id, "adapter"]
    try {
      const adapter = builtin(name) ?? (await loadAdapter(name, folder))
      const options = network.options ?? {}
      const checked = await validateOptions(adapter, options)
      if ("issues" in checked) for (const { path, message } of checked.issues) report(["networks", id, "options", ...path], message)
      else byNetwork.set(id, { name, adapter, options: checked.value })
    } catch (error) {
      report(at, error instanceof Error ? error.message : String(error))
    }
  }
  return { byNetwork, issues }
}

function doubleDomains(source: Source): Issue[] {
  const first = new Map<string, string>()
  return networksOf(source).flatMap(([id, { domain }]): Issue[] => {
    if (typeof domain !== "string") return []
    const owner = first.get(domain.toLowerCase())
    if (owner === undefined) {
      first.set(domain.toLowerCase(), id)
      return []
    }
    const path = ["networks", id, "domain"]
    return [{ path, text: `networks.${owner} has this domain already. Every network needs one of its own.`, ...source.position(path) }]
  })
}

/** `main-2` is a user's second person on `main`, where users show who they are. */
function tagsOfOthers(source: Source): Issue[] {
  return networksOf(source).flatMap(([id, network]) => {
    const accounts = asData(network.accounts)
    return Object.keys(accounts).flatMap((name): Issue[] => {
      const [, first = ""] = /^(.+)-\d+$/.exec(name) ?? []
      if (asData(accounts[first]).join !== "proven") return []
      const text = `looks like a second person of a user on «${first}», whose rooms have this name in their addresses. Choose another.`
      return [{ path: ["networks", id, "accounts", name], text, ...source.keyPosition(["networks", id, "accounts"], name) }]
    })
  })
}

/** Of each network, those of adapters that cannot be loaded as well. */
function accountNames(source: Source, loaded: ReadonlyMap<string, Loaded>): Map<string, string[]> {
  return new Map(
    networksOf(source).map(([id, network]) => {
      const named = Object.keys(asData(network.accounts)).map((name) => ({ name, login: {}, rooms: {} }))
      const adapter = loaded.get(id)?.adapter
      return [id, (adapter ? accountsOf(adapter, named) : named).map(({ name }) => name)]
    }),
  )
}

/** Certificates that nothing would ever check: whoever wrote them believes the link to be encrypted. */
function idleTls(source: Source): Issue[] {
  const top = asData(source.value)
  const places: { path: Path; idle: boolean }[] = networksOf(source).map(([id, network]) => ({
    path: ["networks", id, "tls"],
    idle: network.tls !== undefined && !isSecure(network.server ?? top.server),
  }))
  const anySecure = networksOf(source).some(([, network]) => isSecure(network.server ?? top.server))
  places.push({ path: ["tls"], idle: top.tls !== undefined && !anySecure })
  return places
    .filter(({ idle }) => idle)
    .map(({ path }) => ({
      path,
      text: "has no effect: the server's URL begins with xmpp://. Write xmpps://, or take this out.",
      ...source.keyPosition(path.slice(0, -1), "tls"),
    }))
}

function isSecure(server: unknown): boolean {
  return typeof server === "string" && /^xmpps:/i.test(server)
}

function warnings(file: string, source: Source): string[] {
  const secrets: Path[] = [["secretKey"], ...networksOf(source).map(([id]) => ["networks", id, "secret"])]
  const found: string[] = []
  if (secrets.some((path) => source.origin(path) === undefined) && isPublic(file)) {
    found.push(`${file} holds secrets and every user of this machine may read it. Type: chmod 600 ${file}`)
  }
  for (const path of secrets) {
    const origin = source.origin(path)
    if (origin?.tag === "!file" && isPublic(origin.from))
      found.push(`Every user of this machine may read ${origin.from}. Type: chmod 600 ${origin.from}`)
  }
  return found
}

function isPublic(file: string): boolean {
  return (statSync(file).mode & 0o004) !== 0
}

/** What an adapter is given by !env or !file may be a credential, whatever its name is. */
function hideOptions(source: Source): void {
  const hide = (value: unknown, path: Path): void => {
    if (typeof value === "string" && source.origin(path) !== undefined) redactor.add(value)
    else if (Array.isArray(value)) value.forEach((item, index) => hide(item, [...path, index]))
    else if (typeof value === "object" && value !== null) for (const [key, item] of Object.entries(value)) hide(item, [...path, key])
  }
  for (const [id, network] of networksOf(source)) hide(network.options, ["networks", id, "options"])
}

function networksOf(source: Source): [string, Data][] {
  return Object.entries(asData(asData(source.value).networks)).map(([id, network]) => [id, asData(network)])
}

function asData(value: unknown): Data {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Data) : {}
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT"
    const text = missing
      ? "There is no such file. Copy config.example.yaml to config.yaml and edit it, or name yours with --config FILE."
      : `It cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown fault"}). Change its owner or its mode.`
    throw new ConfigError(file, [{ line: 0, column: 0, path: [], text }])
  }
}
