// Between ids and what people read, for texts: from what the world remembers.
import type { Snowflake } from "../places.js"
import type { Guild, Names, World } from "../types.js"

type Emoji = { id: Snowflake; animated: boolean }

/** By name; the map of a guild's emojis is replaced whole when one of them changes. */
const byName = new WeakMap<Guild["emojis"], ReadonlyMap<string, Emoji>>()

function emojiIn({ emojis }: Guild, name: string): Emoji | undefined {
  let index = byName.get(emojis)
  if (!index) {
    index = new Map([...emojis].reverse().map(([id, emoji]) => [emoji.name, { id, animated: emoji.animated }]))
    byName.set(emojis, index)
  }
  return index.get(name)
}

/** As it is written, else without regard to case. */
function named<T extends { id: Snowflake; name: string }>(items: Iterable<T>, name: string): Snowflake | undefined {
  const all = [...items]
  const folded = name.toLowerCase()
  return (all.find((item) => item.name === name) ?? all.find((item) => item.name.toLowerCase() === folded))?.id
}

export function namesIn(world: World, id: Snowflake | undefined): Names {
  const guild = (): Guild | undefined => (id === undefined ? undefined : world.guild(id))
  return {
    user: (user) => (id === undefined ? undefined : world.member(id, user)?.nick) ?? world.contact(user)?.name,
    role: (role) => guild()?.roles.get(role)?.name,
    // One may point at channels of other guilds.
    channel: (channel) => world.channel(channel)?.name || undefined,
    emoji(name) {
      const here = guild()
      const own = here && emojiIn(here, name)
      if (own) return own
      // Bots may use what any of their guilds has.
      for (const each of world.guilds()) {
        const found = emojiIn(each, name)
        if (found) return found
      }
      return undefined
    },
    roleNamed: (name) => named(guild()?.roles.values() ?? [], name),
    channelNamed: (name) =>
      named(
        [...(guild()?.channels.values() ?? [])].filter(({ type }) => type !== 4),
        name,
      ),
  }
}
