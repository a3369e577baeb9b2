// Whose a message is, where it was said too long ago to be remembered: the room's archive knows (XEP-0313 §4.1.4).
import { AdapterError } from "../../adapter/errors.js"
import type { Archive } from "./archive.js"
import type { Hearing } from "./hearing.js"
import { findsById, type RoomInfo } from "./info.js"
import type { Roll } from "./roll.js"

export class Authors {
  constructor(
    private readonly jid: string,
    private readonly room: { readonly info: RoomInfo; readonly archive: Archive; readonly hearing: Hearing; readonly roll: Roll },
  ) {}

  /** Undefined: nobody can tell. */
  async of(id: string): Promise<string | undefined> {
    const { info, archive, hearing, roll } = this.room
    if (!findsById(info)) return undefined
    const { items } = await archive.page({ ids: [id], max: 1 })
    const found = items.find((one) => one.id === id)
    if (!found) return undefined
    const person = roll.personOf(found.el)
    hearing.note({ el: found.el, id }, person)
    return person.id
  }

  /** Rejects with `AdapterError` if the room is known to have no such message. */
  async mustHave(id: string): Promise<void> {
    const { info, hearing } = this.room
    if (hearing.authorOf(id) !== undefined || !findsById(info)) return
    if ((await this.of(id)) === undefined) throw new AdapterError("gone", `There is no such message in ${this.jid}.`)
  }
}
