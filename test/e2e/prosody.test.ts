// The whole stay on Prosody, with privileges.
import { startProsody } from "../support/prosody.js"
import { conversation } from "./conversation.js"

conversation("Prosody", startProsody, true)
