// The main dialogue of rooms on Prosody: two users with one client each, and with three.
import { startProsody } from "../support/prosody.js"
import { describeDialogue } from "./muc-dialogue.js"

describeDialogue(startProsody, [1, 3])
