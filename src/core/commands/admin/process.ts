// The process and the network as a whole: log level, configuration, on and off, announcements (XEP-0133 §4.23), the audit log.
import { Refusal } from "../../ports.js"
import { words, type Said } from "../../words/words.js"
import { nothingChanged, yesOrNo, type Command } from "../command.js"
import { mostShown } from "../rows.js"
import { adminCommand, node, nsAdmin, when, written } from "./parts.js"

const levels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"]

const unknown = (): Refusal => new Refusal("feature-not-implemented", words("This gateway cannot do that while it runs."))

const logLevel = adminCommand({
  name: "log-level",
  title: words("Log level"),
  text: words("Shows or changes what is logged, until the next restart."),
  argument: "LEVEL",
  offered: ({ process }) => process !== undefined,
  async run(call) {
    const { service, argument, ask } = call
    if (!service.process) throw unknown()
    const now = service.process.logLevel()
    const field = { name: "level", label: words("Log level"), options: levels, preset: now }
    const wanted = argument !== "" ? argument.toLowerCase() : ((await ask({ title: words("Log level"), fields: [field] })).level ?? now)
    if (!levels.includes(wanted))
      throw new Refusal(
        "not-acceptable",
        words("There is no level «{level}»: {levels}.", { level: wanted.slice(0, 50), levels: levels.join(", ") }),
        "modify",
      )
    written(call, "log level", { level: wanted })
    return words("The log level is {level}.", { level: service.process.logLevel(wanted) })
  },
})

const reload = adminCommand({
  name: "reload",
  title: words("Read the configuration again"),
  text: words("Takes over what has changed in the configuration, as far as it can while the gateway runs."),
  offered: ({ process }) => process !== undefined,
  async run(call) {
    const { process } = call.service
    if (!process) throw unknown()
    const lines = await process.reload()
    written(call, "configuration reloaded", {})
    return lines.length === 0 ? words("The configuration was read again. Nothing has changed.") : lines
  },
})

const network = adminCommand({
  name: "network",
  title: words("Network on or off"),
  text: words("Ends all connections to the network, or makes them again; it stays so over restarts."),
  argument: "on|off",
  async run(call) {
    const { service, argument, ask, user } = call
    const now = service.admin.isOn ? "on" : "off"
    const field = {
      name: "state",
      label: words("State"),
      options: [
        { value: "on", label: words("on") },
        { value: "off", label: words("off") },
      ],
      preset: now,
    }
    const wanted = argument !== "" ? argument.toLowerCase() : (await ask({ title: words("Network on or off"), fields: [field] })).state
    if (wanted !== "on" && wanted !== "off") throw new Refusal("not-acceptable", words("Say «on» or «off»."), "modify")
    if (wanted === now) return nothingChanged
    await service.admin.turn(wanted === "on", user)
    written(call, "network", { state: wanted })
    const name = { network: service.name }
    return wanted === "on"
      ? words("{network} is on again.", name)
      : words("{network} is off. What people write there arrives when it is on again.", name)
  },
})

const announce = adminCommand({
  name: "announce",
  node: node("announce"),
  title: words("Announce"),
  text: words("Says something to everybody who uses this network."),
  argument: "TEXT",
  async run(call) {
    const { service, argument, ask } = call
    const field = { name: "announcement", label: words("Announcement"), as: "lines" as const }
    const text =
      argument !== "" ? argument : ((await ask({ title: words("Announce"), formType: nsAdmin, fields: [field] })).announcement ?? "")
    const count = await service.admin.announce(text)
    written(call, "announced", { count })
    return words("{count} users are told.", { count })
  },
})

const audit = adminCommand({
  name: "audit",
  title: words("Audit log"),
  text: words("Shows who did what, the newest first; with a word only what has it."),
  argument: "WORD",
  async run({ service, argument }) {
    const acts = await service.admin.acts({ limit: mostShown, ...(argument !== "" && { about: argument.slice(0, 200) }) })
    if (acts.length === 0) return words("Nothing is written there.")
    return acts.map(({ at, actor, act, detail }): Said => `${when(at)} ${actor}: ${act} ${detail}`)
  },
})

const erase = adminCommand({
  name: "erase-person",
  title: words("Erase a person"),
  text: words("Removes what is kept of a person of the network: words in rooms, chats, contacts."),
  argument: "ID",
  async run(call) {
    const { service, argument, ask } = call
    const name = { network: service.name }
    const field = { name: "id", label: words("Id of the person on {network}", name) }
    const id = argument !== "" ? argument : ((await ask({ title: words("Erase a person"), fields: [field] })).id ?? "")
    const title = words("Erase all that is kept of {id}?", { id: id.slice(0, 100) })
    const { sure } = await ask({ title, fields: [{ name: "sure", label: words("Are you sure?"), options: yesOrNo }] })
    if (sure !== "yes") return nothingChanged
    const gone = await service.admin.erase(id)
    written(call, "person erased", gone)
    return words("Erased: {words} messages in {rooms} rooms, {chats} chats, {rosters} contacts.", gone)
  },
})

export const processCommands: readonly Command[] = [announce, audit, logLevel, reload, network, erase]
