// What was given up: the dead letters, tried again or thrown away.
import type { DeadRow } from "../../admin/store.js"
import { timeOf } from "../../ids.js"
import { words, type Said } from "../../words/words.js"
import { nothingChanged, type Command, type CommandCall } from "../command.js"
import { adminCommand, when, written } from "./parts.js"

const shown = 50
const all = "all"

function line({ id, op, error, attempts }: DeadRow): Said {
  return words("{id}: {what} of {who}, {at}, after {attempts} attempts: {error}", {
    id,
    what: op.k,
    who: op.origin.to,
    at: when(timeOf(id)),
    attempts,
    error: error ?? "",
  })
}

const dead = adminCommand({
  name: "dead-letters",
  title: words("Dead letters"),
  text: words("Lists what could not be sent though the network should have taken it."),
  async run({ service }) {
    const rows = await service.admin.dead(shown + 1)
    if (rows.length === 0) return words("There are no dead letters.")
    return [...rows.slice(0, shown).map(line), ...(rows.length > shown ? [words("… and more.")] : [])]
  },
})

/** Those that are meant: by id, or all. Undefined: there are none. */
async function meant({ service, argument, ask }: CommandCall, title: Said): Promise<string[] | undefined> {
  const rows = await service.admin.dead(10_000)
  if (rows.length === 0) return undefined
  const options = [{ value: all, label: words("all") }, ...rows.slice(0, shown).map((row) => ({ value: row.id, label: line(row) }))]
  const id = argument !== "" ? argument : ((await ask({ title, fields: [{ name: "id", label: words("Which"), options }] })).id ?? "")
  return id === all ? rows.map((row) => row.id) : [id]
}

function deed(name: string, title: Said, text: Said, act: string, work: (call: CommandCall, id: string) => Promise<boolean>): Command {
  return adminCommand({
    name,
    title,
    text,
    argument: "ID",
    async run(call) {
      const ids = await meant(call, title)
      if (!ids) return words("There are no dead letters.")
      let count = 0
      for (const id of ids) if (await work(call, id)) count++
      if (count === 0) return nothingChanged
      written(call, act, { count, id: ids.length === 1 ? (ids[0] ?? "") : all })
      return words("Done with {count} letters.", { count })
    },
  })
}

export const letterCommands: readonly Command[] = [
  dead,
  deed(
    "retry",
    words("Try dead letters again"),
    words("Sends what was given up once more, behind all that waits."),
    "dead letters retried",
    ({ service }, id) => service.admin.retry(id),
  ),
  deed(
    "drop",
    words("Throw dead letters away"),
    words("Throws away what was given up. Their authors have been told already."),
    "dead letters dropped",
    ({ service }, id) => service.admin.drop(id),
  ),
]
