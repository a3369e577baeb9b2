// The main dialogue of rooms on ejabberd: two users with two clients each.
import { startEjabberd } from "../support/ejabberd.js"
import { describeDialogue } from "./muc-dialogue.js"

describeDialogue(startEjabberd, [2])
