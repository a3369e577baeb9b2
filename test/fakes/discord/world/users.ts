// People and bots as users, and applications with their switches.
import { ApplicationFlags, GatewayIntentBits as Bits, type APIUser } from "discord-api-types/v10"
import type { GatewayBot } from "../ground.js"
import type { Command } from "./interactions.js"

/** A user as every answer and event shows them. Live: a change is seen in all messages. */
export type Person = APIUser

export interface Switches {
  content?: boolean
  members?: boolean
  presences?: boolean
}

export function userOf(fields: Partial<APIUser> & { id: string; username: string }): Person {
  return {
    avatar: null,
    discriminator: "0",
    public_flags: 0,
    flags: 0,
    banner: null,
    accent_color: null,
    global_name: null,
    avatar_decoration_data: null,
    collectibles: null,
    primary_guild: null,
    ...fields,
  } as Person
}

export class Bot implements GatewayBot {
  revoked = false
  /** Of its application, everywhere. */
  commands: Command[] = []

  constructor(
    readonly token: string,
    readonly user: Person,
    private readonly switches: Required<Switches>,
  ) {}

  get id(): string {
    return this.user.id
  }

  /** The application's id is the bot's own, as with every application made since 2016. */
  get application(): { id: string; flags: number } {
    const { content, members, presences } = this.switches
    const { GatewayMessageContentLimited, GatewayGuildMembersLimited, GatewayPresenceLimited } = ApplicationFlags
    const flags =
      (content ? GatewayMessageContentLimited : 0) | (members ? GatewayGuildMembersLimited : 0) | (presences ? GatewayPresenceLimited : 0)
    return { id: this.user.id, flags }
  }

  get intents(): number {
    const { content, members, presences } = this.switches
    return (content ? Bits.MessageContent : 0) | (members ? Bits.GuildMembers : 0) | (presences ? Bits.GuildPresences : 0)
  }

  /** The switches in the developer portal. */
  flip(switches: Switches): void {
    Object.assign(this.switches, switches)
  }
}
