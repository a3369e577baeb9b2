// What befalls a gateway on Discord: kills, lost and ended sessions, answers that never come, limits; each at some point of the way.
import type { Bot, FakeDiscord, RandomFaults } from "../fakes/discord/index.js"

export interface Stage {
  fake: FakeDiscord
  bot: Bot
  /** Resolves as soon as the bot has a session that somebody listens to. */
  listening(): Promise<unknown>
  /** People edit and delete. */
  change(): void
  /** Kills the gateway and starts it again. */
  kill(): Promise<unknown>
  /** The connection of one of the XMPP clients breaks. */
  cutClient(): Promise<unknown>
}

export interface Fate {
  what: string
  /** After so many messages have arrived. */
  at: number
  run(stage: Stage): Promise<unknown>
}

const webhook = "POST /webhooks/:id/:token"
const direct = "POST /channels/:id/messages"

/** What happens at the gateway of Discord, to a bot that listens there. People change things before they can be told. */
const atGateway =
  (happen: (stage: Stage) => void): Fate["run"] =>
  async (stage) => {
    await stage.listening()
    happen(stage)
    stage.change()
  }

const sometimes: readonly { what: string; times: number; run: Fate["run"] }[] = [
  { what: "kill", times: 5, run: (stage) => stage.kill() },
  { what: "cut", times: 3, run: atGateway(({ fake, bot }) => fake.gateway.cut(bot)) },
  { what: "op 7", times: 3, run: atGateway(({ fake, bot }) => fake.gateway.reconnect(bot)) },
  { what: "op 9", times: 2, run: atGateway(({ fake, bot }) => fake.gateway.invalidate(true, bot)) },
  { what: "op 9 for good", times: 2, run: atGateway(({ fake, bot }) => fake.gateway.invalidate(false, bot)) },
  {
    what: "cut and forgotten",
    times: 2,
    run: atGateway(({ fake, bot }) => {
      fake.gateway.cut(bot)
      fake.gateway.expire(bot)
    }),
  },
  {
    what: "everything cut",
    times: 2,
    run: (stage) => {
      stage.fake.cut()
      stage.change()
      return Promise.resolve()
    },
  },
  { what: "reset after", times: 6, run: fault(webhook, "reset-after") },
  { what: "cut in the answer", times: 2, run: fault(webhook, "cut") },
  { what: "502 after", times: 2, run: fault(webhook, "502-after") },
  { what: "direct reset after", times: 4, run: fault(direct, "reset-after") },
  { what: "reset before", times: 2, run: fault(webhook, "reset-before") },
  { what: "500 of history", times: 3, run: fault("GET /channels/:id/messages", "500") },
  { what: "429", times: 4, run: fault(webhook, "429") },
  { what: "429 for all", times: 1, run: fault(direct, "429-global") },
  { what: "a client cut", times: 2, run: (stage) => stage.cutClient() },
]

/** What may meet any request, whatever it is for. */
export const trouble: RandomFaults["kinds"] = [
  { kind: "500" },
  { kind: "502-html" },
  { kind: "html-200" },
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "slow", ms: 300 },
  { kind: "429", retryAfter: 0.2 },
]

function fault(match: string, kind: Parameters<FakeDiscord["faults"]["next"]>[1]["kind"]): Fate["run"] {
  return ({ fake }) => {
    fake.faults.next(match, { kind, retryAfter: 0.3 })
    return Promise.resolve()
  }
}

/** Anywhere between 2 and 95 % of the way, in any order, however close to each other. */
export function fates(next: () => number, total: number): Fate[] {
  const all = sometimes.flatMap(({ what, times, run }) => Array.from({ length: times }, () => ({ what, run })))
  return all.map((fate) => ({ ...fate, at: Math.floor(total * (0.02 + 0.93 * next())) })).sort((a, b) => a.at - b.at)
}
