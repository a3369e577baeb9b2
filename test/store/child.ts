// A process with a store of its own, for the tests that kill one: `node child.js <what> <path>`. Speaks in lines.
import { execFileSync } from "node:child_process"
import { writeSync } from "node:fs"
import { openStore, StoreError } from "#src/store/index.js"
import { action, now, receiptRow, romeo, sealed } from "./fixture.js"
import { done, spoken, told } from "./room-kit.js"

const [what, path = ""] = process.argv.slice(2)

function say(line: string): void {
  writeSync(1, `${line}\n`)
}

const store = await openStore({ path }).catch((error: unknown) => {
  say(error instanceof StoreError ? `${error.kind} ${error.message}` : String(error))
  process.exit(3)
})
const made = await store.register({ network: "sms", jid: romeo, legacyId: "bot", sealed, now })
if (made.outcome === "taken") process.exit(4)
const { account } = made
const conversation = (await store.openDirect(made.account.id, made.link.id, "juliet")).id

/** Accepts and completes until it is killed; what it says was resolved to it. */
async function write(): Promise<never> {
  for (;;) {
    const { rows, messageId, ...rest } = action(conversation)
    await store.acceptAction({ ...rest, messageId, rows })
    say(`accepted ${messageId} ${rows[0].id}`)
    const consequence = receiptRow()
    await store.completeSend({
      row: rows[0].id,
      conversation,
      message: messageId,
      ordinal: 0,
      sent: { legacyId: messageId, handle: null },
      consequence,
      next: null,
      now,
    })
    say(`sent ${messageId} ${consequence.id}`)
  }
}

/** In a room: hears and speaks until it is killed. */
async function chat(who: number): Promise<never> {
  const { room } = await store.putRoom(account.id, { legacyId: "-1" })
  for (let i = 0; ; i++) {
    const event = told(room.id, `${who}-${i}`, "hi", { cursor: `${i}` })
    await store.acceptRoomEvent(event)
    say(`heard ${event.messageId} ${event.row.id}`)
    const utterance = spoken(room.id)
    await store.acceptAction(utterance)
    say(`accepted ${utterance.messageId} ${utterance.rows[0].id}`)
    const row = await done(store, room.id, utterance.rows[0], `${who}+${i}`)
    say(`reflected ${utterance.messageId} ${row?.id ?? ""}`)
  }
}

/** Runs into the limit on the size of files that it was started under, has it lifted, and goes on. */
async function fill(): Promise<void> {
  let stored = 0
  const fifty = () => Promise.all(Array.from({ length: 50 }, () => store.acceptAction(action(conversation, { digest: "x".repeat(1000) }))))
  try {
    for (;;) {
      await fifty()
      stored += 50
    }
  } catch (error) {
    say(`${error instanceof StoreError ? error.kind : "other"} ${stored}`)
  }
  execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=unlimited:unlimited"])
  await fifty()
  await store.close()
  say("closed")
}

if (what === "chat") await Promise.all([chat(1), chat(2), chat(3)])
else if (what === "write") await Promise.all([write(), write(), write()])
else if (what === "fill") await fill()
else if (what === "leave") process.exit(0)
else say("open") // and stays
