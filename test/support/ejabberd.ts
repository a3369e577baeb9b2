// A real ejabberd on loopback, in a folder and an Erlang node of its own, without epmd. Facts: ejabberd 23.01.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import { Child } from "./child.js"
import { ensureInstalled, findCommand } from "./install.js"
import { logPath, removeDir, tempDir } from "./paths.js"
import { freePorts, portOpen } from "./ports.js"
import type { ServerConfig, XmppServer } from "./server.js"

interface Ports {
  c2s: number
  component: number
  http: number
  erlang: number
}

export function ejabberdConfig(folder: string, config: ServerConfig, ports: Ports): string {
  const { domain = "example.test", components = [], mam = true, upload = false } = config
  const loopback = { ip: "127.0.0.1" }
  const privileged = components.filter((component) => component.privileged).map((component) => component.domain)
  const granted = privileged.length > 0 && {
    roster: { both: "privileged" },
    message: { outgoing: "privileged" },
    presence: { managed_entity: "privileged" },
  }
  return stringify({
    loglevel: "info",
    hosts: [domain],
    listen: [
      { ...loopback, port: ports.c2s, module: "ejabberd_c2s" },
      {
        ...loopback,
        port: ports.component,
        module: "ejabberd_service",
        // By default one connection would take all domains of the listener.
        global_routes: false,
        max_stanza_size: 524_288,
        hosts: Object.fromEntries(components.map((component) => [component.domain, { password: component.secret }])),
      },
      {
        ...loopback,
        port: ports.http,
        module: "ejabberd_http",
        request_handlers: { "/ws": "ejabberd_http_ws", "/bosh": "mod_bosh", "/upload": "mod_http_upload", "/api": "mod_http_api" },
      },
    ],
    acl: {
      local: { user_regexp: "" },
      ...(components.length > 0 && { gateway: { server: components.map((component) => component.domain) } }),
      ...(granted && { privileged: { server: privileged } }),
    },
    access_rules: {
      local: { allow: "local" },
      upload: [{ allow: "local" }, ...(components.length > 0 ? [{ allow: "gateway" }] : [])],
      ...(granted && { privileged: { allow: "privileged" } }),
    },
    api_permissions: {
      console: { from: ["ejabberd_ctl"], who: "all", what: "*" },
      tests: { from: ["mod_http_api"], who: { ip: "127.0.0.0/8" }, what: "*" },
    },
    s2s_access: "none",
    acme: { auto: false },
    auth_password_format: "scram",
    modules: {
      ...Object.fromEntries(
        [
          "adhoc",
          "admin_extra",
          "blocking",
          "bosh",
          "caps",
          "carboncopy",
          "disco",
          "http_api",
          "last",
          "offline",
          "ping",
          "privacy",
          "private",
        ].map((m) => [`mod_${m}`, {}]),
      ),
      ...(upload && {
        mod_http_upload: {
          host: `upload.${domain}`,
          access: "upload",
          docroot: join(folder, "upload"),
          put_url: `http://127.0.0.1:${ports.http}/upload`,
          max_size: 20_971_520,
        },
      }),
      ...(mam && { mod_mam: { default: "always" } }),
      ...(granted && { mod_privilege: granted }),
      mod_pubsub: { plugins: ["flat", "pep"] },
      mod_roster: {},
      mod_stream_mgmt: {},
      mod_vcard: {},
    },
  })
}

/** Where Debian keeps ejabberd's own modules. */
function erlangLibraries(): string {
  const found = readdirSync("/usr/lib")
    .map((name) => join("/usr/lib", name))
    .find((folder) => /-linux-gnu/.test(folder) && readdirSync(folder).some((name) => name.startsWith("ejabberd-")))
  return found ?? "/usr/lib"
}

async function register(port: number, domain: string, user: string, password: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/register`, {
    method: "POST",
    body: JSON.stringify({ user, host: domain, password }),
  })
  if (!answer.ok) throw new Error(`ejabberd did not register ${user}: ${await answer.text()}`)
}

/** Accepting comes before the hosts are there, but the node says on stdout when all modules run. */
async function apiAnswers(port: number, child: Child): Promise<void> {
  await portOpen(port, child.check, 60_000)
  const answer = await fetch(`http://127.0.0.1:${port}/api/status`, { method: "POST", body: "{}", signal: AbortSignal.timeout(60_000) })
  if (!answer.ok) throw new Error(`ejabberd is not well: ${await answer.text()}\n${child.tail()}`)
}

/** Starts one and resolves when clients and components can log in. */
export async function startEjabberd(config: ServerConfig = {}): Promise<XmppServer> {
  ensureInstalled("ejabberd")
  const domain = config.domain ?? "example.test"
  const folder = tempDir("ejabberd")
  const ports = await freePorts("c2s", "component", "http", "erlang")
  const logFile = logPath("ejabberd")
  const database = join(folder, "db")
  for (const name of ["home", "db", "log"]) mkdirSync(join(folder, name))
  writeFileSync(join(folder, "ejabberd.yml"), ejabberdConfig(folder, config, ports))
  const env = {
    HOME: join(folder, "home"), // for .erlang.cookie
    ERL_LIBS: erlangLibraries(),
    ERL_DIST_PORT: String(ports.erlang),
    EJABBERD_CONFIG_PATH: join(folder, "ejabberd.yml"),
    EJABBERD_LOG_PATH: join(folder, "log", "ejabberd.log"),
  }
  const node = `-noinput -sname xferry${ports.erlang}@localhost -erl_epmd_port ${ports.erlang} -start_epmd false -kernel inet_dist_use_interface {127,0,0,1}`
  const args = [...node.split(" "), "-mnesia", "dir", `"${database}"`, "-s", "ejabberd"]

  let child: Child
  const server: XmppServer = {
    kind: "ejabberd",
    domain,
    c2sPort: ports.c2s,
    componentPort: ports.component,
    httpPort: ports.http,
    wsUrl: `ws://127.0.0.1:${ports.http}/ws`,
    logFile,
    get pid() {
      return child.pid
    },
    addUser: (user, password) => register(ports.http, domain, user, password),
    async start() {
      child = await Child.start(findCommand("erl") ?? "erl", args, { logFile, cwd: database, env })
      await apiAnswers(ports.http, child)
    },
    halt: () => child.stop(),
    kill9: () => child.kill9(),
    async restart() {
      await server.halt()
      await server.start()
    },
    async stop() {
      await server.halt()
      removeDir(folder)
    },
  }
  await server.start()
  for (const [user, password] of Object.entries(config.users ?? {})) await server.addUser(user, password)
  return server
}
