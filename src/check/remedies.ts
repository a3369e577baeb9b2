// What to type, for Prosody and for ejabberd (tried with Prosody 0.12 and ejabberd 23.01). Secrets are never filled in.
import { parentDomain, type NetworkConfig } from "../config/index.js"
import { isLoopback } from "../xmpp/tls-socket.js"

const PROSODY = "Prosody, in /etc/prosody/prosody.cfg.lua, then «prosodyctl check config» and restart it:"
const EJABBERD = "ejabberd, in /etc/ejabberd/ejabberd.yml, then restart it:"

const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "" : `  ${line}`))
const both = (prosody: readonly string[], ejabberd: readonly string[]): string[] => [
  PROSODY,
  ...indent(prosody),
  EJABBERD,
  ...indent(ejabberd),
]
const placeholder = (network: NetworkConfig): string => `<networks.${network.id}.secret>`

/** The server does not know us: make the component. Also for a port that takes nobody. */
export function component(network: NetworkConfig): string[] {
  const { domain, server } = network
  const local = isLoopback(server.host)
  const secret = placeholder(network)
  if (server.secure) return secureComponent(network)
  return both(
    [
      `component_ports = { ${server.port} }`,
      ...(local ? [] : ['component_interfaces = { "*" } -- and a firewall: this port speaks in the clear']),
      'component_conflict_resolve = "kick_old"',
      "",
      `Component "${domain}" -- at the end of the file`,
      `  component_secret = "${secret}"`,
    ],
    [
      "listen:",
      `  - port: ${server.port}`,
      `    ip: "${local ? "127.0.0.1" : "::"}"`,
      "    module: ejabberd_service",
      "    global_routes: false",
      "    hosts:",
      `      ${domain}:`,
      `        password: "${secret}"`,
    ],
  )
}

function secureComponent(network: NetworkConfig): string[] {
  const { domain, server } = network
  const secret = placeholder(network)
  return both(
    [
      'modules_enabled = { "net_multiplex" } -- add it to the list',
      `ssl_ports = { ${server.port} }; ssl_interfaces = { "*" }`,
      'ssl_ssl = { key = "/etc/prosody/certs/component.key"; certificate = "/etc/prosody/certs/component.crt" }',
      "",
      `Component "${domain}" -- at the end of the file`,
      `  component_secret = "${secret}"`,
    ],
    [
      "listen:",
      `  - port: ${server.port}`,
      '    ip: "::"',
      "    module: ejabberd_service",
      "    tls: true",
      "    certfile: /etc/ejabberd/component.pem",
      "    global_routes: false",
      "    hosts:",
      `      ${domain}:`,
      `        password: "${secret}"`,
    ],
  )
}

/** The secret is not the server's. */
export function wrongSecret(network: NetworkConfig): string[] {
  const { domain } = network
  const secret = placeholder(network)
  return [
    `Both sides need the same secret: networks.${network.id}.secret here, and there:`,
    ...both(
      [`Component "${domain}"`, `  component_secret = "${secret}"`],
      ["listen:", "  - module: ejabberd_service", "    hosts:", `      ${domain}:`, `        password: "${secret}"`],
    ),
    `ejabberd says the same when it does not know ${domain} at all.`,
  ]
}

/** XEP-0356: contacts appear in the roster by themselves. */
export function privileges({ domain }: NetworkConfig, host = parentDomain(domain)): string[] {
  return both(
    [
      `VirtualHost "${host}"`,
      `  privileged_entities = { ["${domain}"] = { roster = "both" } }`,
      `Component "${domain}"`,
      '  modules_enabled = { "privilege" } -- from prosody-modules; add it to the global list, too',
    ],
    [
      "acl:",
      "  gateway:",
      `    server: ${domain}`,
      "access_rules:",
      "  gateway:",
      "    allow: gateway",
      "modules:",
      "  mod_privilege:",
      "    roster: {both: gateway}",
    ],
  )
}

/** XEP-0363: the server has no place for files. */
export function upload({ domain }: NetworkConfig, host = parentDomain(domain)): string[] {
  return both(
    [`Component "upload.${host}" "http_file_share"`, `  http_file_share_access = { "${host}", "${domain}" }`],
    [
      "listen:",
      "  - port: 5443",
      "    module: ejabberd_http",
      "    tls: true",
      "    request_handlers: {/upload: mod_http_upload}",
      "modules:",
      "  mod_http_upload:",
      "    put_url: https://@HOST@:5443/upload",
    ].concat(ejabberdUploadAccess(domain)),
  )
}

/** The upload service refuses us. */
export function uploadAccess({ domain }: NetworkConfig, service: string, host = parentDomain(domain)): string[] {
  return both(
    [`Component "${service}" "http_file_share"`, `  http_file_share_access = { "${host}", "${domain}" }`],
    ["modules:", "  mod_http_upload:", ...ejabberdUploadAccess(domain)],
  )
}

function ejabberdUploadAccess(domain: string): string[] {
  return [
    "    access: upload",
    "acl:",
    "  gateway:",
    `    server: ${domain}`,
    "access_rules:",
    "  upload:",
    "    - allow: local",
    "    - allow: gateway",
  ]
}
