// Discord for xferry by the official bot API: an account is a bot.
export { capabilities } from "./capabilities.js"
