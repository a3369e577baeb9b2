// The Discord adapter keeps to the contract, against the fake Discord.
import adapter from "xferry-adapter-discord"
import { conformance } from "xferry/conformance"
import { DiscordFake } from "../fakes/discord/conformance.js"

conformance(adapter, () => new DiscordFake())
