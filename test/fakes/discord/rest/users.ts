// Users, the bot itself, its application and its gateway (User; Application; Gateway).
import { byId, older } from "../world/ids.js"
import type { Call, Route } from "./call.js"
import { invalid, refused } from "./refused.js"

function me({ bot }: Call): object {
  return { ...bot.user, mfa_enabled: true, locale: "en-US", verified: true, email: null }
}

const guilds: Route = ({ bot, world, query }) => {
  const {
    limit = 200,
    after,
    before,
    with_counts: counts,
  } = query as { limit?: number; after?: string; before?: string; with_counts?: boolean }
  const all = world
    .guildsOf(bot.id)
    .sort(byId)
    .filter(({ id }) => (!after || older(after, id)) && (!before || older(id, before)))
  return (before && !after ? all.slice(-limit) : all.slice(0, limit)).map((guild) => ({
    id: guild.id,
    name: guild.name,
    icon: guild.icon,
    banner: null,
    owner: guild.owner === bot.user,
    permissions: String(guild.permissionsOf(bot.id)),
    features: [],
    ...(counts && { approximate_member_count: guild.members.size, approximate_presence_count: 1 }),
  }))
}

const openDm: Route = ({ bot, body, fake, world }) => {
  const id = body["recipient_id"]
  if (typeof id !== "string") throw invalid("recipient_id", "BASE_TYPE_REQUIRED", "This field is required")
  const person = world.users.get(id)
  // To itself and to other bots nobody can write.
  if (!person && world.user(id)) throw refused(50007)
  if (!person) throw invalid("recipient_id", "USER_INVALID", "Invalid Recipient(s)", false)
  return fake.dm(bot, person).raw(bot.id)
}

/** Flags: of the intents the «limited» bits, as for a bot in few guilds (Application, Application Flags). */
function application({ bot }: Call): object {
  const { id, flags } = bot.application
  return {
    id,
    name: bot.user.username,
    icon: null,
    description: "",
    type: null,
    bot: bot.user,
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: "0".repeat(64),
    flags,
    flags_new: String(flags),
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    owner: { ...bot.user, id: "1", username: "owner", bot: false },
    approximate_guild_count: 1,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    explicit_content_filter: 0,
    team: null,
    eligible_oauth2_scopes: [],
  }
}

export const users: Record<string, Route> = {
  "GET /users/@me": me,
  "GET /users/{user_id}": ({ world, params }) => {
    const user = world.user(params["user_id"]!)
    if (!user) throw refused(10013)
    return user
  },
  "POST /users/@me/channels": openDm,
  "GET /users/@me/guilds": guilds,
  "DELETE /users/@me/guilds/{guild_id}": ({ guild, bot }) => guild.leave(bot),
  "GET /applications/@me": application,
  "GET /oauth2/applications/@me": application,
  "GET /gateway": ({ fake }) => ({ url: fake.gateway.url }),
  "GET /gateway/bot": ({ bot, fake }) => {
    void bot
    return { url: fake.gateway.url, shards: 1, session_start_limit: fake.gateway.startLimit() }
  },
}
