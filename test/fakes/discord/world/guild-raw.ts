// Guilds, roles and members as answers and events show them.
import type { APIGuildMember, APIRole, GuildMemberFlags, RoleFlags } from "discord-api-types/v10"
import type { Guild, Member, Role } from "./guild.js"
import { iso } from "./ids.js"

export function rawRole({ id, name, permissions, position, mentionable, managed, color, hoist }: Role): APIRole {
  return {
    id,
    name,
    permissions: String(permissions),
    position,
    color,
    colors: { primary_color: color, secondary_color: null, tertiary_color: null },
    hoist,
    managed,
    mentionable,
    icon: null,
    unicode_emoji: null,
    flags: 0 as RoleFlags,
  }
}

export function rawMember({ user, nick, roles, joined, mutedUntil }: Member, now: number): APIGuildMember {
  return {
    user,
    nick,
    roles: [...roles],
    joined_at: iso(joined),
    communication_disabled_until: mutedUntil > now ? iso(mutedUntil) : null,
    avatar: null,
    banner: null,
    premium_since: null,
    flags: 0 as GuildMemberFlags,
    pending: false,
    mute: false,
    deaf: false,
  }
}

export function rawEmoji({ id, name, animated }: { id: string; name: string; animated: boolean }): object {
  return { id, name, animated, roles: [], require_colons: true, managed: false, available: true }
}

export function rawGuild(guild: Guild): Record<string, unknown> {
  return {
    id: guild.id,
    name: guild.name,
    icon: guild.icon,
    description: guild.description,
    home_header: null,
    splash: null,
    discovery_splash: null,
    features: [],
    banner: null,
    owner_id: guild.owner.id,
    application_id: null,
    region: "",
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: null,
    system_channel_flags: 0,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: 0,
    roles: guild.rawRoles(),
    default_message_notifications: 1,
    mfa_level: 0,
    explicit_content_filter: 0,
    max_presences: null,
    max_members: 500_000,
    max_stage_video_channel_users: 50,
    max_video_channel_users: 25,
    vanity_url_code: null,
    premium_tier: guild.premiumTier,
    premium_subscription_count: 0,
    preferred_locale: "en-US",
    rules_channel_id: null,
    safety_alerts_channel_id: null,
    public_updates_channel_id: null,
    hub_type: null,
    premium_progress_bar_enabled: false,
    nsfw: false,
    nsfw_level: 0,
    emojis: [...guild.emojis.values()].map(rawEmoji),
    stickers: [],
    incidents_data: null,
  }
}

/** With all members and presences: the gateway takes away what a bot does not get. */
export function createOf(guild: Guild, user: string): Record<string, unknown> {
  const { world } = guild
  const members = guild.sortedMembers()
  const presences = members.flatMap(({ user: { id } }) => {
    const presence = world.presences.get(id)
    return presence && presence.status !== "offline" ? [rawPresence(guild, id)] : []
  })
  return {
    ...rawGuild(guild),
    joined_at: iso(guild.members.get(user)?.joined ?? world.now()),
    large: members.length > 250,
    unavailable: false,
    member_count: members.length,
    voice_states: [],
    members: members.map((member) => rawMember(member, world.now())),
    // «channels … without guild_id»: known.
    channels: guild.channels.map((channel) => {
      const { guild_id: _guild, ...raw } = channel.raw() as unknown as Record<string, unknown>
      return raw
    }),
    threads: guild.threads.filter((thread) => thread.mayView(user)).map((thread) => thread.raw(user)),
    presences,
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

export function rawPresence(guild: Guild, user: string): Record<string, unknown> {
  const { status, activities } = guild.world.presences.get(user) ?? { status: "offline", activities: [] }
  return { user: { id: user }, guild_id: guild.id, status, activities, client_status: status === "offline" ? {} : { desktop: status } }
}
