// Converse.js in a real Chromium, logged in over WebSocket: what a person would see and do, by its own interface.
import { createReadStream, existsSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join, normalize } from "node:path"
import { chromium, type Browser, type Page } from "playwright-core"
import { ensureInstalled, findCommand } from "./install.js"
import { root } from "./paths.js"
import type { XmppServer } from "./server.js"

const dist = join(root, "node_modules/converse.js/dist")
const types: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
}

const page = (options: object): string => `<!doctype html><meta charset="utf-8"><title>Converse</title>
<link rel="stylesheet" href="/dist/converse.min.css"><body class="converse-fullscreen"><converse-root></converse-root>
<script type="module">
  import "/dist/converse.min.js"
  window.problems = []
  window.addEventListener("error", (event) => window.problems.push(String(event.message)))
  converse.plugins.add("test", { initialize() { window.inside = this._converse } })
  converse.initialize(${JSON.stringify(options)})
</script>`

/** What the room's window shows, from the top. */
export interface Shown {
  texts: string[]
  occupants: string[]
  subject: string
}

export class Converse {
  private constructor(
    readonly page: Page,
    private readonly browser: Browser,
    private readonly http: Server,
  ) {}

  static async start(server: XmppServer, user: string, password: string): Promise<Converse> {
    ensureInstalled("chromium")
    const options = {
      authentication: "login",
      auto_login: true,
      jid: `${user}@${server.domain}/converse`,
      password,
      websocket_url: server.wsUrl,
      discover_connection_methods: false,
      view_mode: "fullscreen",
      assets_path: "/dist/",
      i18n: "en",
      loglevel: "warn",
      persistent_store: "sessionStorage",
      whitelisted_plugins: ["test"],
      clear_messages_on_reconnection: false,
      play_sounds: false,
      archived_messages_page_size: 100,
      // Its own paging through all of it forgets where it was after the first page (14.0.0).
      mam_request_all_pages: false,
      show_desktop_notifications: false,
      blacklisted_plugins: ["converse-omemo"],
    }
    const http = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname)
      const file = join(dist, path.replace(/^\/dist\//, ""))
      if (path.startsWith("/dist/") && existsSync(file)) {
        response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" })
        createReadStream(file).pipe(response)
      } else if (path === "/") response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page(options))
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
    const browser = await chromium.launch({
      executablePath: findCommand("chromium") ?? "chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    })
    const tab = await browser.newPage()
    tab.setDefaultTimeout(30_000)
    // Its start page shows pictures from elsewhere: tests stay on this machine.
    await tab.route(/^https?:\/\/(?!127\.0\.0\.1)/, (route) => route.abort())
    await tab.goto(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`)
    const it = new Converse(tab, browser, http)
    await tab.waitForFunction("window.inside?.api.connection.connected() === true && window.inside.api.user.jid()")
    return it
  }

  /** Opens the room as «Join channel» does; resolves when Converse calls itself entered. */
  async join(room: string, nick: string): Promise<void> {
    await this.page.evaluate(
      `(async () => { await inside.api.waitUntil("chatBoxesFetched"); await inside.api.rooms.open(${JSON.stringify(room)}, { nick: ${JSON.stringify(nick)}, maximize: true }, true) })()`,
    )
    await this.entered(room)
  }

  /** XEP-0045 connection status of Converse: 5 is «entered». */
  async entered(room: string): Promise<void> {
    await this.page.waitForFunction(`inside.state.chatboxes.get(${JSON.stringify(room)})?.session.get("connection_status") === 5`)
  }

  /** By keyboard. */
  async say(room: string, text: string): Promise<void> {
    const box = this.page.locator(`converse-muc[jid="${room}"] textarea.chat-textarea, .chatroom[data-jid] textarea.chat-textarea`).first()
    await box.fill(text)
    await box.press("Enter")
  }

  /** Resolves when the window shows a message with this text. */
  async shows(text: string): Promise<void> {
    await this.page.locator("converse-chat-message-body").filter({ hasText: text }).first().waitFor({ state: "attached" })
  }

  async bodies(room: string): Promise<string[]> {
    return await this.page.evaluate<string[]>(
      `inside.state.chatboxes.get(${JSON.stringify(room)}).messages.toArray().sort((a, b) => a.get("time") < b.get("time") ? -1 : a.get("time") > b.get("time") ? 1 : 0).map((m) => m.get("body")).filter(Boolean)`,
    )
  }

  /** Fills the gap at the top of the history again and again, as scrolling there or a click on it does, until there is none. */
  async pageBack(room: string): Promise<void> {
    await this.page.evaluate(`(async () => {
      const box = inside.state.chatboxes.get(${JSON.stringify(room)})
      const { messages } = box
      const gap = () => messages.models.find((one) => one.fetchMissingMessages)
      // Not drawn meanwhile: with thousands of messages that is nearly all of the time.
      box.set({ hidden: true })
      while (gap()) await gap().fetchMissingMessages()
      box.set({ hidden: false })
    })()`)
  }

  async occupants(room: string): Promise<string[]> {
    return await this.page.evaluate<string[]>(
      `inside.state.chatboxes.get(${JSON.stringify(room)}).occupants.toArray().filter((o) => o.get("show") !== "offline").map((o) => o.get("nick"))`,
    )
  }

  /** What went wrong inside the page. */
  async problems(): Promise<string[]> {
    return await this.page.evaluate<string[]>("window.problems")
  }

  async stop(): Promise<void> {
    await this.browser.close()
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }
}
