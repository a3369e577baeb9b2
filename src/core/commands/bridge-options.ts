// `bridge-options`: what is chosen of a bridge and of one room's place in it, in one form.
import { defaultName, type BridgeOptions, type LegOptions } from "../bridges/model.js"
import { words } from "../words/words.js"
import type { Option, Prompt } from "./ask.js"
import { bridgeCommand, bridgedRoom } from "./bridge.js"
import { yesOrNo, type Command } from "./command.js"

const relays: readonly Option[] = [
  { value: "puppets", label: words("as somebody each, where the network can") },
  { value: "single", label: words("all by one account, with the name before the text") },
]
const ways: readonly Option[] = [
  { value: "both", label: words("both ways") },
  { value: "in", label: words("only from the other rooms into this one") },
  { value: "out", label: words("only from this room to the others") },
]

function yes(name: string, label: Prompt["label"], on: boolean): Prompt {
  return { name, label, options: yesOrNo, preset: on ? "yes" : "no" }
}

export const bridgeOptions: Command = {
  ...bridgeCommand({
    name: "bridge-options",
    title: words("Options of a bridge"),
    text: words("Changes how a bridge shows people, what it tells, and what it leaves out."),
    argument: "ROOM",
    room: true,
    async run(call, bridges) {
      const { user, ask } = call
      const title = words("Options of a bridge")
      const room = await bridgedRoom(call, bridges, title)
      const { bridge, leg } = await bridges.options(user, room)
      const now = bridge.options
      const lines = (list: readonly string[] | undefined): Pick<Prompt, "as" | "optional" | "preset"> => ({
        as: "lines",
        optional: true,
        ...(list && list.length > 0 && { preset: list.join("\n") }),
      })
      const given = await ask({
        title: words("Options of {name}", { name: bridge.name }),
        text: words("Names may have {name}, {network} and {room} in them. In patterns «*» is any text and «?» one character.", {
          ...{ name: "{name}", network: "{network}", room: "{room}" },
        }),
        fields: [
          { name: "name", label: words("Names of people from elsewhere"), preset: now.name ?? defaultName },
          { name: "legname", label: words("The same, in this room alone"), optional: true, preset: leg.options.name ?? "" },
          { name: "relay", label: words("They speak in this room"), options: relays, preset: leg.options.relay ?? "puppets" },
          { name: "way", label: words("What is said goes"), options: ways, preset: leg.options.way ?? "both" },
          yes("joins", words("Tell who comes and goes"), now.joins === true),
          yes("notices", words("Tell what a network notes by itself"), now.notices === true),
          yes("mentions", words("Call those who are mentioned"), now.mentions !== false),
          yes("bans", words("Bans count in all rooms of the same network"), now.bans === true),
          { name: "ignorenames", label: words("Names whose words are left out, one a line"), ...lines(now.ignoreNames) },
          { name: "ignoretexts", label: words("Texts that are left out, one a line"), ...lines(now.ignoreTexts) },
        ],
      })
      await bridges.change(user, room, optionsOf(given), legOf(given))
      return words("The options of {name} are changed.", { name: bridge.name })
    },
  }),
  offered: ({ bridges }) => bridges !== undefined,
}

function optionsOf(given: Readonly<Record<string, string>>): BridgeOptions {
  const { name = "" } = given
  const names = listOf(given["ignorenames"])
  const texts = listOf(given["ignoretexts"])
  return {
    ...(name.trim() !== "" && name.trim() !== defaultName && { name: name.trim() }),
    ...(given["joins"] === "yes" && { joins: true }),
    ...(given["notices"] === "yes" && { notices: true }),
    ...(given["mentions"] === "no" && { mentions: false }),
    ...(given["bans"] === "yes" && { bans: true }),
    ...(names.length > 0 && { ignoreNames: names }),
    ...(texts.length > 0 && { ignoreTexts: texts }),
  }
}

function legOf({ relay, way, legname = "" }: Readonly<Record<string, string>>): LegOptions {
  return {
    ...(relay === "single" && { relay }),
    ...((way === "in" || way === "out") && { way }),
    ...(legname.trim() !== "" && { name: legname.trim() }),
  }
}

function listOf(text = ""): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
}
