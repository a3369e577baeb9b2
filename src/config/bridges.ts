// The section `bridges` of the config file: who may make them, and those that the file itself makes.
import { z } from "zod"
import { faultOfPatterns, faultOfTemplate } from "../core/bridges/bounds.js"
import type { FixedBridge, FixedLeg } from "../core/bridges/fixed.js"
import { defaultName, mostLegs, type BridgeOptions, type LegOptions } from "../core/bridges/model.js"
import { inLanguage, type Words } from "../core/words/words.js"
import { redactor } from "../redact.js"
import type { BridgesConfig } from "./config.js"
import type { Issue, Path } from "./issue.js"
import { nearest } from "./nearest.js"
import { list, oneOf, section, text, word } from "./option.js"
import { Secret } from "./secret.js"
import type { Source } from "./source.js"

const bounded = (description: string, check: (value: string) => Words | undefined) =>
  z
    .string({ error: () => "must be text." })
    .superRefine((value, context) => {
      const wrong = check(value)
      if (wrong) context.addIssue({ code: "custom", message: `cannot be taken: ${inLanguage(wrong)}` })
    })
    .meta({ description })
const yes = (description: string) => z.boolean({ error: () => "must be true or false." }).meta({ description })
const template = (description: string) => bounded(description, faultOfTemplate).optional()
const globs = (description: string) =>
  z
    .array(z.string({ error: () => "must be text." }), { error: () => 'must be a list: ["*bot*"].' })
    .superRefine((value, context) => {
      const wrong = faultOfPatterns(value)
      if (wrong) context.addIssue({ code: "custom", message: `cannot be taken: ${inLanguage(wrong)}` })
    })
    .meta({ description })
    .optional()

const leg = section("A room of a bridge.", {
  network: word({ description: "Name of its network in this file.", must: "the name of a network" }, (value) => value),
  account: word(
    { description: "Name of the network's account that is in it. Default: the only one.", must: "the name of an account" },
    (value) => value,
  ).optional(),
  room: word(
    { description: "The network's id of the room; a room of another XMPP service by its address.", must: "the id of a room" },
    (value) => value,
  ),
  password: text<Secret>({ description: "The room's password, if it has one. Give it with !env or !file.", must: "text" }, (value) => {
    redactor.add(value)
    return new Secret(value)
  }).optional(),
  relay: oneOf("puppets: people from elsewhere speak as somebody each, where the network can. single: all by one account.", [
    "puppets",
    "single",
  ]).default("puppets"),
  way: oneOf("What is said here goes to the other rooms, and what is said there comes here; or only in or out.", [
    "both",
    "in",
    "out",
  ]).default("both"),
  name: template("Names of people from elsewhere in this room, if not as the bridge's."),
})

const bridge = section("Rooms that repeat each other.", {
  legs: z
    .array(leg, { error: () => "must be a list of rooms: [{ network: …, room: … }, { network: …, room: … }]." })
    .min(2, { error: () => "must have two rooms at least." })
    .max(mostLegs, { error: () => `may have ${mostLegs} rooms.` })
    .meta({ description: "The rooms, two at least." }),
  name: template("Names of people from elsewhere, of {name}, {network} and {room}.").default(defaultName),
  joins: yes("Tell who comes and goes in the other rooms.").default(false),
  notices: yes("Tell what a network notes by itself in the other rooms, such as a pinned message.").default(false),
  mentions: yes("Who is mentioned in one room is called in the others, where they are known by that nick.").default(true),
  bans: yes("Who is banned in one room is banned in those of the same network, where the account may.").default(false),
  ignoreNames: globs("Names of people whose words stay where they are: * is any text, ? one character."),
  ignoreTexts: globs("The same of whole texts."),
})

/** `pattern`: who is meant by a list. */
export const bridgesSection = (pattern: z.ZodType<string>) =>
  section("Bridges between rooms, of whatever networks.", {
    allow: list(
      {
        description:
          'Users who may begin with bridges of rooms they run: "*", domains, bare JIDs. Default: who may register with some network.',
        must: 'a list: ["*"], [example.org], [romeo@example.org]',
      },
      pattern,
    ).optional(),
    fixed: z
      .record(z.string().min(1).max(100), bridge, { error: () => "must be a section, a bridge a name." })
      .default({})
      .meta({ description: "Bridges of this file, by names of your choice." }),
  })

type Parsed = z.output<ReturnType<typeof bridgesSection>>
type ParsedBridge = Parsed["fixed"][string]

/** `otherwise`: who may begin with bridges where the file does not say it. */
export function bridgesConfig({ allow = undefined, fixed }: Parsed, otherwise: readonly string[]): BridgesConfig {
  return {
    allow: allow ?? otherwise,
    fixed: Object.entries(fixed).map(([name, { legs, ...rest }]): FixedBridge => ({
      name,
      legs: legs.map(legOf),
      options: optionsOf(rest),
    })),
  }
}

/** What is as by default is not stored: two files that mean the same are the same. */
function optionsOf({ name, joins, notices, mentions, bans, ignoreNames, ignoreTexts }: Omit<ParsedBridge, "legs">): BridgeOptions {
  return {
    ...(name !== undefined && name !== defaultName && { name }),
    ...(joins && { joins }),
    ...(notices && { notices }),
    ...(!mentions && { mentions }),
    ...(bans && { bans }),
    ...(ignoreNames && ignoreNames.length > 0 && { ignoreNames }),
    ...(ignoreTexts && ignoreTexts.length > 0 && { ignoreTexts }),
  }
}

function legOf({ network, account, room, password, relay, way, name }: ParsedBridge["legs"][number]): FixedLeg {
  const options: LegOptions = {
    ...(relay !== "puppets" && { relay }),
    ...(way !== "both" && { way }),
    ...(name !== undefined && { name }),
  }
  return { network, room, options, ...(account !== undefined && { account }), ...(password && { password: password.reveal() }) }
}

type Data = Record<string, unknown>

/** Legs of networks or accounts that there are not, and rooms that are named twice. `accounts`: names by network. */
export function bridgeFaults(source: Source, accounts: ReadonlyMap<string, readonly string[]>): Issue[] {
  const issues: Issue[] = []
  const seen = new Map<string, string>()
  for (const [name, bridge] of Object.entries(asData(asData(asData(source.value)["bridges"])["fixed"]))) {
    const legs: unknown = asData(bridge)["legs"]
    if (!Array.isArray(legs)) continue
    legs.forEach((one: unknown, index) => {
      const at: Path = ["bridges", "fixed", name, "legs", index]
      const report = (key: string, why: string): void =>
        void issues.push({ path: [...at, key], text: why, ...source.position([...at, key]) })
      const { network, account, room } = asData(one)
      if (typeof network !== "string" || typeof room !== "string") return
      const known = accounts.get(network)
      if (!known) return report("network", notThere("There is no network", network, [...accounts.keys()]))
      if (typeof account === "string" && !known.includes(account))
        return report("account", notThere(`networks.${network} has no account`, account, known))
      if (account === undefined && known.length !== 1)
        return report(
          "network",
          known.length === 0
            ? `has no account of its own. Give it one: networks.${network}.accounts.`
            : `has several accounts. Name one: account: ${known[0]}.`,
        )
      const key = `${network} ${room.toLowerCase()}`
      const owner = seen.get(key)
      if (owner !== undefined) report("room", `is in the bridge «${owner}» already. A room is in one bridge, once.`)
      seen.set(key, name)
    })
  }
  return issues
}

function notThere(what: string, name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  return `${what} «${name}».${meant === undefined ? "" : ` Did you mean «${meant}»?`}${meant === undefined && known.length > 0 ? ` There are: ${known.join(", ")}.` : ""}`
}

function asData(value: unknown): Data {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Data) : {}
}
