// The whole stay on ejabberd, which grants the roster privilege and crashes when it is used (before 23.10): contacts ask for subscription.
import { startEjabberd } from "../support/ejabberd.js"
import { conversation } from "./conversation.js"

conversation("ejabberd", startEjabberd, false)
