// Every feature by network, direction and place, as a table in the documentation: made of the tests that show each cell (support/cells.ts).
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type Direction, type FeatureId, features, type How, type NetworkId, networks, type Place } from "../support/cells.js"
import { root } from "../support/paths.js"
import { impossible } from "./impossible.js"

const call = /\bcell\(\s*"([a-z]+)",\s*"([a-z-]+)",\s*"(in|out)",\s*(\[[^\]]*\]|both),\s*"(native|fallback)"/g
const titles: Readonly<Record<NetworkId, string>> = { telegram: "Telegram", discord: "Discord" }
const directions: readonly (readonly [Direction, string])[] = [
  ["in", "What you see"],
  ["out", "What you send"],
]
const places: readonly Place[] = ["direct", "room"]

export type State = How | { why: string }

/** By `network feature direction place`. Throws where two say different things of one cell. */
export function cells(sources: readonly string[] = read()): Map<string, State> {
  const known = new Map<string, State>()
  const put = (key: string, state: State): void => {
    const before = known.get(key)
    if (before !== undefined && before !== state)
      throw new Error(`${key} is said to be ${JSON.stringify(before)} and ${JSON.stringify(state)}`)
    known.set(key, state)
  }
  for (const source of sources)
    for (const [, network = "", feature = "", direction = "", where = "", how] of source.matchAll(call))
      for (const place of where === "both" ? places : places.filter((one) => where.includes(`"${one}"`)))
        put(`${network} ${feature} ${direction} ${place}`, how as How)
  for (const { network, feature, direction, places, why } of impossible)
    for (const place of places) put(`${network} ${feature} ${direction} ${place}`, { why })
  return known
}

function read(): string[] {
  const folder = join(root, "test/e2e")
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"))
  return paths.map((path) => readFileSync(join(folder, path), "utf8"))
}

/** Cells of which nothing is known: neither a test nor a reason. */
export function missing(known = cells()): string[] {
  const all = networks.flatMap((network) =>
    (Object.keys(features) as FeatureId[]).flatMap((feature) =>
      directions.flatMap(([direction]) => places.map((place) => `${network} ${feature} ${direction} ${place}`)),
    ),
  )
  return all.filter((key) => !known.has(key))
}

export function featureTable(known = cells()): string {
  const notes: string[] = []
  const shown = (state: State | undefined): string => {
    if (state === undefined) return "?"
    if (state === "native") return "yes"
    if (state === "fallback") return "otherwise"
    if (!notes.includes(state.why)) notes.push(state.why)
    return `– (${notes.indexOf(state.why) + 1})`
  }
  const row = (columns: readonly string[]): string => `| ${columns.join(" | ")} |`
  const heads = networks.flatMap((network) => places.map((place) => `${titles[network]}, ${place === "room" ? "rooms" : "direct"}`))
  const tables = directions.map(([direction, title]) => {
    const rows = (Object.keys(features) as FeatureId[]).map((feature) =>
      row([
        features[feature],
        ...networks.flatMap((network) => places.map((place) => shown(known.get(`${network} ${feature} ${direction} ${place}`)))),
      ]),
    )
    return [`## ${title}`, "", row(["", ...heads]), row(["---", ...heads.map(() => "---")]), ...rows].join("\n")
  })
  return `# What looks native, and what stands in its place

Each «yes» and each «otherwise» is shown by a test that sends it through a real XMPP server; this table is made of those tests. «otherwise»:
your client or the network has no such thing, and something readable stands there instead.

${tables.join("\n\n")}

${notes.map((why, i) => `${i + 1}. ${why}`).join("\n")}
`
}
