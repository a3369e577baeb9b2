// How large a file Discord takes from a bot (Reference, Uploading Files: by the server's premium tier, each file for itself).
import type { Guild } from "../types.js"

const MiB = 1024 * 1024
/** In direct chats, too. */
export const usualBytes = 10 * MiB
const byTier: Readonly<Record<number, number>> = { 2: 50 * MiB, 3: 100 * MiB }

export function bytesIn({ premiumTier = 0 }: Pick<Guild, "premiumTier">): number {
  return byTier[premiumTier] ?? (premiumTier > 3 ? 100 * MiB : usualBytes)
}
