// What was said in direct chats, where a script wants the network to keep it (`mode`, «direct»).
import type { Rich } from "./content.js"
import type { Person } from "./protocol.js"
import { Room, type HistoryQuery, type Post } from "./room.js"

/** As a gateway reads it. `chat` is the person talked with. */
export interface ChatMessage extends Rich {
  type: "message"
  chat: string
  login?: string
  from: Person
  id: string
  at: number
  text: string
  reply?: string
  quote?: string
  revision?: string
  key?: string
  own?: true
}

export class Chats {
  /** True: what is said, edited and taken back is kept for `history`; while no gateway listens, there alone. */
  kept = false
  readonly #chats = new Map<string, Room>()

  constructor(private readonly keep: number) {}

  add(account: string, person: string, post: Post): void {
    if (this.kept) this.#chat(account, person).add(post)
  }

  /** Changes what is kept, if it is. */
  change(
    account: string,
    person: string,
    id: string,
    change: Partial<Pick<Post, "text" | "revision" | "retracted" | "spans" | "files" | "extras">>,
  ): void {
    const post = this.#chat(account, person).post(id)
    if (post) Object.assign(post, change)
  }

  page(account: string, person: string, query: HistoryQuery): { posts: Post[]; more: boolean } {
    return this.#chat(account, person).page(query)
  }

  reset(): void {
    this.kept = false
    this.#chats.clear()
  }

  #chat(account: string, person: string): Room {
    const key = `${account}\n${person}`
    const known = this.#chats.get(key)
    if (known) return known
    const chat = new Room(key, undefined, 1, this.keep)
    this.#chats.set(key, chat)
    return chat
  }
}
