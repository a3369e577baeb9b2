// One conversation in Converse.js, as a person reads and uses it: by what is on the page, by mouse and keyboard.
import assert from "node:assert/strict"
import { join } from "node:path"
import type { Locator, Page } from "playwright-core"
import type { Place } from "./cells.js"
import type { Converse } from "./converse.js"
import { logDir } from "./paths.js"

/** As the bookmark that the gateway made says it: Converse is there by itself. */
const nick = "romeo"

/** Names of the entries of a message's menu. */
export type Act = "reply" | "edit" | "retract" | "reaction"

export class ConverseWindow {
  readonly #page: Page
  readonly #box: Locator

  private constructor(
    converse: Converse,
    readonly jid: string,
  ) {
    this.#page = converse.page
    this.#box = converse.page.locator(`converse-chat[jid="${jid}"], converse-muc[jid="${jid}"]`)
  }

  static async open(converse: Converse, place: Place, jid: string): Promise<ConverseWindow> {
    const it = new ConverseWindow(converse, jid)
    if (place === "room") await converse.join(jid, nick)
    else await converse.page.evaluate(`inside.api.chats.open(${JSON.stringify(jid)}, {}, true).then(() => undefined)`)
    await it.#textarea.waitFor()
    return it
  }

  get #textarea(): Locator {
    return this.#box.locator("textarea.chat-textarea")
  }

  get #messages(): Locator {
    return this.#box.locator("converse-chat-message .chat-msg")
  }

  /** The last message whose own words are these: without name, time, and what it answers. */
  async message(text: string): Promise<Locator> {
    const body = this.#page.locator("converse-chat-message-body").filter({ hasText: exactly(text) })
    const found = this.#messages.filter({ has: body }).last()
    await found.waitFor()
    return found
  }

  /** The last message that shows a picture; it is there to be seen. Gives how wide it is. */
  async picture(count: number): Promise<{ message: Locator; width: number }> {
    const image = this.#messages.locator("img.chat-image").nth(count - 1)
    await image.waitFor()
    const width = await image.evaluate(
      async (element: { complete: boolean; naturalWidth: number; decode(): Promise<void> }) => (
        await element.decode(),
        element.naturalWidth
      ),
    )
    return { message: this.#messages.filter({ has: this.#page.locator("img.chat-image") }).nth(count - 1), width }
  }

  /** How many pictures are shown. */
  async pictures(): Promise<number> {
    return this.#messages.locator("img.chat-image").count()
  }

  /** What a message quotes above itself. */
  async quoted(message: Locator): Promise<string> {
    const quotation = message.locator(".chat-msg__reply-text")
    await quotation.waitFor()
    return (await quotation.innerText()).trim()
  }

  async edited(text: string): Promise<void> {
    await (await this.message(text)).locator(".chat-msg__edit-modal").waitFor()
  }

  /** The title of the page that is shown beneath a message. */
  async page(message: Locator): Promise<string> {
    return (await message.locator("converse-message-unfurl .card-title").innerText()).trim()
  }

  async reaction(message: Locator, emoji: string): Promise<void> {
    await message.locator(".chat-msg__reaction").filter({ hasText: emoji }).waitFor()
  }

  /** Resolves when nothing on the page has these words. */
  async gone(text: string): Promise<void> {
    await this.#messages.filter({ hasText: text }).first().waitFor({ state: "detached" })
  }

  /** Everything that the window shows, a line each message. */
  async lines(): Promise<string[]> {
    const all = await this.#messages.allInnerTexts()
    return all.map((one) => one.replace(/\s+/g, " ").trim())
  }

  /** What the window tells by itself: who came, who may do what. */
  async news(): Promise<string[]> {
    return (await this.#box.locator(".chat-info").allInnerTexts()).map((one) => one.trim())
  }

  async say(text: string): Promise<void> {
    await this.#textarea.fill(text)
    await this.#textarea.press("Enter")
  }

  /** By the button for files and the browser's dialogue. */
  async upload(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    const chooser = this.#page.waitForEvent("filechooser")
    await this.#box.locator("button[title='Choose a file to send']").click()
    await (await chooser).setFiles({ name, mimeType, buffer })
  }

  /** By the menu of the message. */
  async act(message: Locator, what: Act): Promise<void> {
    await message.hover()
    const menu = message.locator("converse-message-actions converse-dropdown")
    // It may still be open.
    if (!(await menu.locator(".dropdown-menu.show").isVisible())) await menu.locator("button.dropdown-toggle").click()
    await menu.locator(`.chat-msg__action-${what}`).click()
  }

  async correct(text: string, other: string): Promise<void> {
    await this.act(await this.message(text), "edit")
    await this.#page.waitForFunction(
      `[...document.querySelectorAll("textarea.chat-textarea")].some((one) => one.value === ${JSON.stringify(text)})`,
    )
    await this.say(other)
  }

  async answer(message: Locator, text: string): Promise<void> {
    await this.act(message, "reply")
    await this.#box.locator("converse-reply-preview").locator(":scope > *").first().waitFor()
    await this.say(text)
  }

  async retract(message: Locator): Promise<void> {
    await this.act(message, "retract")
    await this.#page.locator("form.confirm button[type=submit]").click()
  }

  async react(message: Locator, emoji: string): Promise<void> {
    await this.act(message, "reaction")
    await message.locator(".reaction-item").filter({ hasText: emoji }).click()
  }

  /** For a person to look at; with the logs. */
  async photograph(name: string): Promise<void> {
    await this.#page.screenshot({ path: join(logDir(), `converse-${name}.png`) })
  }
}

function exactly(text: string): RegExp {
  assert.ok(text !== "")
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`)
}
