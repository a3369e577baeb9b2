// Tries one network's connection to its XMPP server: TCP, secret, privileges, upload service.
import { lookup } from "node:dns/promises"
import type { Element } from "@xmpp/xml"
import { parentDomain, type NetworkConfig } from "../config/index.js"
import { Allowed } from "../media/allowed.js"
import { isLoopback } from "../xmpp/tls-socket.js"
import { component, privileges, upload, uploadAccess, wrongSecret } from "./remedies.js"
import { bad, good, note, type Finding } from "./report.js"
import { connect, escape, handshake, ProbeError, type ProbeStream } from "./stream.js"

const UPLOAD = "urn:xmpp:http:upload:0"
const without = "Without it files of the network reach users only through xferry's own HTTP server (section http), or not at all."
const DISCO = "http://jabber.org/protocol/disco"
/** What the gateway makes use of (XEP-0356 §4): access → type. */
const WANTED: Record<string, string> = { roster: "both" }

/** `patienceMs`: how long any one answer is waited for. */
export async function checkServer(network: NetworkConfig, patienceMs: number, allowPrivate: readonly string[] = []): Promise<Finding[]> {
  const { server } = network
  const where = `${server.host}:${server.port}`
  let stream: ProbeStream
  try {
    stream = await connect(network, patienceMs)
  } catch (error) {
    return [noConnection(network, where, error)]
  }
  const found = [good(`${where} takes connections${server.secure ? ", and its certificate is good" : ""}`)]
  if (!server.secure && !isLoopback(server.host)) {
    found.push(
      note(`The way to ${server.host} is not encrypted. Unless it is a network of your own, use xmpps:// (docs/admin/security.md).`),
    )
  }
  try {
    await handshake(stream, network, patienceMs)
    found.push(good(`The server lets ${network.domain} in with this secret`))
    found.push(...(await checkFeatures(stream, network, patienceMs, new Allowed(allowPrivate))))
  } catch (error) {
    found.push(noHandshake(network, where, error))
  } finally {
    await stream.close()
  }
  return found
}

function noConnection(network: NetworkConfig, where: string, error: unknown): Finding {
  const { kind, detail } = asProbeError(error)
  const at = `networks.${network.id}.server`
  if (kind === "unknown-host")
    return bad(`There is no host ${network.server.host} (${detail}).`, [`Correct ${at} (or server), or the name in DNS or /etc/hosts.`])
  if (kind === "tls") {
    return bad(`${where} does not speak TLS as it should: ${detail}`, [
      "If the certificate is your own: give it with tls: {ca: !file …}, and its name with tls: {servername: …}.",
      "If the port speaks no TLS: write xmpp:// instead of xmpps://.",
    ])
  }
  if (kind === "refused")
    return bad(`Nothing listens at ${where}.`, [
      `Start the server, correct ${at} (or server), or let the server take components:`,
      ...component(network),
    ])
  return bad(`${where} cannot be reached (${detail}).`, ["Is the host up, and does a firewall let this port through?"])
}

function noHandshake(network: NetworkConfig, where: string, error: unknown): Finding {
  const { kind, detail } = asProbeError(error)
  if (kind === "stream-error" && detail === "conflict") {
    return note(
      `${network.domain} is connected already: another xferry runs, which is fine. The secret is right; the rest cannot be tried meanwhile.`,
    )
  }
  if (kind === "stream-error" && detail === "not-authorized")
    return bad(`The server refuses the secret of ${network.domain}.`, wrongSecret(network))
  if (kind === "stream-error" && detail === "host-unknown")
    return bad(`The server does not know a component ${network.domain}.`, component(network))
  if (kind === "stream-error") return bad(`The server ended the stream: ${detail}.`, ["Its log says more."])
  const port = "Is this the component port (5347), not the one of clients (5222) or servers (5269)?"
  if (kind === "silent" || kind === "not-for-components")
    return bad(`${where} does not take components (XEP-0114).`, [port, ...component(onUsualPort(network))])
  return bad(`${where} hung up (${detail}).`, [
    port,
    ...(network.server.secure ? [] : ["If this port speaks TLS: write xmpps:// instead of xmpp://."]),
  ])
}

/** What answers as something else cannot take components, too: its port is not to be recommended. */
function onUsualPort(network: NetworkConfig): NetworkConfig {
  return network.server.secure ? network : { ...network, server: { ...network.server, port: 5347 } }
}

async function checkFeatures(stream: ProbeStream, network: NetworkConfig, ms: number, allowed: Allowed): Promise<Finding[]> {
  const probe = new Probe(stream, network.domain, ms)
  const uploadFindings = await checkUpload(probe, network, allowed)
  // Privileges are told right after the handshake; whatever the server said before this echo has arrived.
  const echoed = await probe.echo()
  return [
    echoed
      ? good(`Stanzas for ${network.domain} come back to this connection`)
      : bad(`Stanzas for ${network.domain} do not come back to this connection.`, routeRemedy(network)),
    checkPrivileges(stream.unasked, network),
    ...uploadFindings,
  ]
}

function routeRemedy({ domain }: NetworkConfig): string[] {
  return [
    `Does another component or process take ${domain}? In ejabberd every ejabberd_service needs global_routes: false,`,
    "and no domain_balancing with more places than there are processes.",
  ]
}

function checkPrivileges(stanzas: readonly Element[], network: NetworkConfig): Finding {
  const host = parentDomain(network.domain)
  const granted = new Map<string, string>()
  for (const stanza of stanzas) {
    const privilege = stanza
      .getChildElements()
      .find((el) => el.name === "privilege" && /^urn:xmpp:privilege:[12]$/.test(el.attrs["xmlns"] ?? ""))
    if (stanza.name !== "message" || privilege === undefined || stanza.attrs["from"]?.includes("@") === true) continue
    for (const perm of privilege.getChildren("perm")) granted.set(perm.attrs["access"] ?? "", perm.attrs["type"] ?? "")
  }
  const quoted = (wanted: [string, string][]): string => wanted.map(([access, type]) => `${access} «${type}»`).join(", ")
  const missing = Object.entries(WANTED).filter(([access, type]) => granted.get(access) !== type)
  if (missing.length === 0) return good(`Privileges (XEP-0356): ${quoted(Object.entries(WANTED))}`)
  const what =
    granted.size === 0 ? "The server grants no privileges (XEP-0356)" : `The server does not grant: ${quoted(missing)} (XEP-0356)`
  return note(`${what}. Without them users must accept each contact.`, privileges(network, host))
}

async function checkUpload(probe: Probe, network: NetworkConfig, allowed: Allowed): Promise<Finding[]> {
  const host = parentDomain(network.domain)
  const items = await probe.ask(host, `<query xmlns='${DISCO}#items'/>`)
  if (items === undefined || items.attrs["type"] === "error") {
    return [note(`No XMPP server answers at ${host}, the domain above ${network.domain}; an upload service could not be looked for.`)]
  }
  const listed =
    items
      .getChild("query")
      ?.getChildren("item")
      .map((item) => item.attrs["jid"] ?? "") ?? []
  const candidates = [host, ...listed.filter((jid) => jid !== network.domain && !jid.includes("@"))].slice(0, 30)
  const answers = await Promise.all(candidates.map((jid) => probe.ask(jid, `<query xmlns='${DISCO}#info'/>`)))
  const service = candidates.find(
    (_, index) =>
      answers[index]
        ?.getChild("query")
        ?.getChildren("feature")
        .some((feature) => feature.attrs["var"] === UPLOAD) === true,
  )
  if (service === undefined) return [note(`${host} offers no upload service (XEP-0363). ${without}`, upload(network, host))]
  const slot = await probe.ask(service, `<request xmlns='${UPLOAD}' filename='xferry-check.txt' size='1' content-type='text/plain'/>`)
  if (slot?.attrs["type"] === "result") {
    const got = slot.getChild("slot", UPLOAD)?.getChild("get")?.attrs["url"]
    return [good(`Upload service (XEP-0363): ${service}`), ...(await checkPrivate(got, allowed))]
  }
  const condition =
    slot
      ?.getChild("error")
      ?.getChildElements()
      .find((el) => el.name !== "text")?.name ?? "no answer"
  return [
    note(
      `The upload service ${service} gives ${network.domain} no place for files (${condition}). ${without}`,
      uploadAccess(network, service, host),
    ),
  ]
}

/** What users put there is fetched from there. */
async function checkPrivate(url: string | undefined, allowed: Allowed): Promise<Finding[]> {
  if (url === undefined || !URL.canParse(url)) return []
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, "")
  const at = Number(port || (protocol === "https:" ? 443 : 80))
  const addresses = await lookup(host, { all: true }).catch(() => [])
  if (addresses.length === 0 || addresses.some(({ address }) => allowed.permits(host, at, address))) return []
  const text = `From here ${host} has a private address (${addresses[0]?.address}): files that users put there would go to the network as links.`
  return [
    note(text, [
      "Say in the config that they may be fetched from there (docs/admin/configuration.md#files):",
      "files:",
      `  allowPrivate: ["${hostname}:${at}"]`,
    ]),
  ]
}

/** Questions on one stream. */
class Probe {
  #count = 0

  constructor(
    private readonly stream: ProbeStream,
    private readonly domain: string,
    private readonly ms: number,
  ) {}

  /** The answer, error or result; undefined: none came in time. */
  async ask(to: string, payload: string): Promise<Element | undefined> {
    const id = this.#nextId()
    const answer = this.stream.next(
      (el) => el.name === "iq" && el.attrs["id"] === id && el.attrs["from"] === to && el.attrs["type"] !== "get",
      this.ms,
    )
    this.stream.write(`<iq type='get' id='${id}' from='${this.domain}' to='${escape(to)}'>${payload}</iq>`)
    return answer.catch(unlessEnded)
  }

  /** A stanza to ourselves: whether it comes back. */
  async echo(): Promise<boolean> {
    const id = this.#nextId()
    const answer = this.stream.next((el) => el.name === "iq" && el.attrs["id"] === id, this.ms)
    this.stream.write(`<iq type='get' id='${id}' from='${this.domain}' to='${this.domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    return (await answer.catch(unlessEnded)) !== undefined
  }

  #nextId(): string {
    return `check-${++this.#count}`
  }
}

/** A question without an answer is a finding; the end of the stream is not this question's. */
function unlessEnded(error: unknown): undefined {
  if (error instanceof ProbeError && error.kind === "silent") return undefined
  throw error
}

function asProbeError(error: unknown): ProbeError {
  return error instanceof ProbeError ? error : new ProbeError("closed", error instanceof Error ? error.message : String(error))
}
