// Composition root: store, networks and their XMPP sides, put together, started and stopped in order.
import type { Config, NetworkConfig } from "./config/index.js"
import { isAllowed, type AccountConfig } from "./config/index.js"
import type { Clock } from "./core/clock.js"
import { Agreements } from "./core/bridges/agreements.js"
import { Exchange } from "./core/bridges/exchange.js"
import { IdMint } from "./core/ids.js"
import type { Log } from "./core/log.js"
import { sweep, swept } from "./core/sweep.js"
import { KeyedTickets } from "./core/identity/tickets.js"
import { Network } from "./core/network.js"
import { unlimited } from "./core/admin/limits.js"
import type { Process } from "./core/admin/ports.js"
import { LiveSettings, type Reloaded } from "./live.js"
import { Household } from "./core/personal/household.js"
import { Preferences } from "./core/personal/preferences.js"
import type { BareJid } from "./core/model.js"
import type { ConfiguredAccount, NetworkParts, Place, Vault } from "./core/parts.js"
import { Signer, startHttp, type HttpServer } from "./http/index.js"
import type { Media } from "./core/files/media.js"
import { filesDefaults, openMedia, type MediaService, type Resolve } from "./media/index.js"
import { accountSeal, openStore, Sealer, stateSeal } from "./store/index.js"
import type { Store } from "./core/store.js"
import { fetching, type Fetching } from "./fetching.js"
import { redactor } from "./redact.js"
import { needsStream, OccupantPort, overStream } from "./xmpp/client/index.js"
import { createComponent, type Component } from "./xmpp/component.js"

export interface Gateway {
  /** Orderly: presences are taken back, lanes drained or kept on disk, the streams ended politely. */
  stop(): Promise<void>
  /** Takes over what can change while it runs. */
  reload(fresh: Config): Reloaded
  /** Rejects if the gateway cannot go on. Resolves after `stop`. */
  ended: Promise<void>
}

/** Places where effects leave the process; tests put failures there (docs/adr/0004). */
export interface Seams {
  store?(store: Store): Store
  adapter?(adapter: NetworkConfig["adapter"]): NetworkConfig["adapter"]
  component?(component: Component): Component
  media?(media: Media): Media
  /** Names in addresses of files that users show. */
  resolve?: Resolve
  /** By which it is judged how long the network takes to answer. */
  clock?: Clock
  /** What administrators may do to the whole process. */
  control?: Process
}

const hour = 60 * 60_000
const day = 24 * hour
/** Rows pruned in one transaction. */
const pruneLimit = 500
/** A picture that nobody has any more, or of a room that nobody looks at, is kept for so long: it can be fetched again. */
const pictureDays = 7

interface Running {
  network: Network
  component: Component
  files: Media
}

export async function startGateway(config: Config, log: Log & { child?(fields: object): Log }, seams: Seams = {}): Promise<Gateway> {
  const opened = await openStore({ path: config.store, log })
  const store = seams.store?.(opened) ?? opened
  let http: HttpServer | undefined
  let media: MediaService | undefined
  try {
    http = config.http && (await startHttp({ ...config.http.listen, log }))
    const files = (media = await openFiles(config, store, log, seams))
    if (files.files) http?.serve(files.files)
    const vault = createVault(config)
    const ids = new IdMint(await store.lastId())
    const preferences = new Preferences(store)
    await preferences.load()
    const household = new Household({ store, preferences })
    const tickets = new KeyedTickets({ store, keys: config.secretKeys.map((key) => key.reveal()) })
    const live = new LiveSettings(config)
    const lanes = await store.openLanes()
    const exchange = new Exchange({ store, ids, log })
    await exchange.load()
    const mayBridge = (user: BareJid): boolean => isAllowed(live.bridges.allow, user)
    const agreements = new Agreements({ exchange, tickets, store, log, mayBridge })
    const running = config.networks.map((settings) =>
      compose(
        settings,
        {
          store,
          vault,
          ids,
          preferences,
          household,
          tickets,
          exchange,
          agreements,
          live,
          media: files.of(settings.id),
          shrink: files.shrink,
          log: log.child?.({ network: settings.id }) ?? log,
          fetch: fetching(config, http, seams.resolve),
          ...publishing(config, http),
        },
        seams,
      ),
    )
    for (const { network } of running) household.add(network)
    for (const { network } of running) await network.start(lanes)
    await exchange.start()
    for (const { component } of running) component.start()
    void agreements.fixed.follow(live.bridges.fixed)
    const stopPruning = keepPruned(store, files, config, log)
    let end: () => void
    const ended = new Promise<void>((resolve) => (end = resolve))
    return {
      ended,
      reload(fresh) {
        const reloaded = live.take(fresh)
        if (reloaded.taken.length > 0) for (const { network } of running) network.reviewed()
        void agreements.fixed.follow(live.bridges.fixed)
        return reloaded
      },
      async stop() {
        await agreements.stop()
        await exchange.stop()
        // Sessions first: what the network says after this is not acknowledged, and comes again.
        await Promise.all(running.flatMap(({ network, files }) => [network.stop(), files.stop()]))
        await Promise.all(running.map(({ component }) => component.stop()))
        await Promise.all(running.map(({ network }) => network.close()))
        await http?.stop()
        await stopPruning()
        await files.stop()
        await store.close()
        end()
      },
    }
  } catch (error) {
    await http?.stop()
    await media?.stop()
    await store.close().catch(() => undefined)
    throw error
  }
}

/** Pictures go to our own HTTP server, if there is one. */
function publishing({ http: options }: Config, server: HttpServer | undefined): Pick<NetworkParts, "publish"> {
  if (!server || !options) return {}
  return { publish: (picture) => options.publicUrl + server.shelf.put(picture) }
}

/** Files of the networks are served by our own HTTP server, too, if there is one. */
function openFiles({ store: path, files, http, secretKeys }: Config, store: Store, log: Log, { resolve }: Seams): Promise<MediaService> {
  const serve = http && { publicUrl: http.publicUrl, signer: new Signer(secretKeys.map((key) => key.reveal())) }
  return openMedia({ ...filesDefaults(path), ...files, store, log, ...(serve && { serve }), ...(resolve && { resolve }) })
}

function compose(
  settings: NetworkConfig,
  shared: Pick<
    NetworkParts,
    "store" | "vault" | "ids" | "preferences" | "household" | "tickets" | "exchange" | "agreements" | "log" | "publish" | "shrink"
  > & {
    media: Media
    fetch: Fetching
    live: LiveSettings
  },
  seams: Seams,
): Running {
  const { id, domain, server } = settings
  const { live } = shared
  const media = seams.media?.(shared.media) ?? shared.media
  // The network of other services' rooms speaks by the stream of its own domain.
  const occupants = needsStream(settings.adapter) ? new OccupantPort(domain, shared.fetch) : undefined
  const adapter = occupants ? overStream(occupants) : settings.adapter
  const network = new Network({
    ...shared,
    media,
    ...(seams.clock && { clock: seams.clock }),
    id,
    domain,
    adapter: seams.adapter?.(adapter) ?? adapter,
    options: settings.options,
    configured: settings.accounts.map((account) => configured(account, () => live.network(id).accounts)),
    ...(settings.reactions && { reactions: settings.reactions }),
    isAdmin: (user) => live.network(id).admins.includes(user),
    admins: () => live.network(id).admins,
    mayRegister: (user) => isAllowed(live.network(id).register.allow, user),
    limits: () => live.network(id).limits ?? unlimited,
    ...(seams.control && { process: seams.control }),
  })
  const made = createComponent({
    service: network,
    server,
    domain,
    secret: settings.secret.reveal(),
    log: shared.log,
    ...(occupants && { occupants }),
  })
  const component = seams.component?.(made) ?? made
  network.wire(component.face)
  return { network, component, files: media }
}

/** `live`: as the configuration is now. */
function configured({ name, login, ...rest }: AccountConfig, live: () => readonly AccountConfig[]): ConfiguredAccount {
  const now = (): Pick<AccountConfig, "rooms" | "join" | "sharedIdentities"> => live().find((one) => one.name === name) ?? rest
  return {
    get join() {
      return now().join ?? "listed"
    },
    get isOpen() {
      const { rooms, join } = now()
      return join === "proven" || Object.keys(rooms).length > 0
    },
    get sharedIdentities() {
      return now().sharedIdentities ?? false
    },
    tag: name,
    answers: Object.fromEntries(Object.entries(login).map(([field, answer]) => [field, answer.reveal()])),
    // What is said of a room by name is all that counts for it. Of what is not named, the network says it where users prove who they are.
    mayEnter: (user, ...ids) => {
      const { rooms, join } = now()
      const allowed = rooms[ids.find((id) => Object.hasOwn(rooms, id)) ?? "*"]
      return allowed ? isAllowed(allowed, user) : join === "proven"
    },
  }
}

function createVault(config: Config): Vault {
  const sealer = new Sealer(config.secretKeys.map((key) => key.reveal()))
  const where = ({ network, account, key }: Place): string =>
    key === undefined ? accountSeal(network, account) : stateSeal(network, account, key)
  // Whatever is secret enough to be sealed must not be logged either.
  const keep = (text: string): string => {
    redactor.addAll(parsed(text))
    return text
  }
  return {
    seal: (place, text) => sealer.seal(place.key === undefined ? keep(text) : text, where(place)),
    open: (place, sealed) => (place.key === undefined ? keep(sealer.open(sealed, where(place))) : sealer.open(sealed, where(place))),
  }
}

/** A credential as the adapter gave it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Once an hour, in small transactions, each after the last has ended. */
function keepPruned(store: Store, media: MediaService, { retention }: Config, log: Log): () => Promise<void> {
  const prune = async (): Promise<void> => {
    const now = Date.now()
    // First what is shown: a message is kept as long as an archive needs it.
    while ((await store.pruneArchive(now - retention.archiveDays * day, pruneLimit, now)) === pruneLimit);
    const before = { messages: now - retention.messageDays * day, contacts: now - retention.contactDays * day }
    while ((await store.prune(before, pruneLimit)) === pruneLimit);
    while ((await store.prunePictures(now - pictureDays * day, pruneLimit)) === pruneLimit);
    while ((await store.pruneTickets(now, pruneLimit)) === pruneLimit);
    while ((await store.pruneActs(now - retention.messageDays * day, pruneLimit)) === pruneLimit);
    await media.prune()
    await sweep(store, log)
  }
  // What was removed when the gateway stopped.
  const sweeping = sweep(store, log)
  const timer = setInterval(() => void prune().catch((error: unknown) => log.warn({ err: error }, "old rows could not be pruned")), hour)
  timer.unref()
  return () => {
    clearInterval(timer)
    return swept(sweeping)
  }
}
