// Checks: the shape of the adapter, and logging in.
import assert from "node:assert/strict"
import { checkAdapter } from "../load.js"
import type { Check, Stage } from "./stage.js"

const verbs = [
  "edit",
  "retract",
  "react",
  "read",
  "typing",
  "interact",
  "download",
  "history",
  "find",
  "rooms",
  "members",
  "access",
  "manage",
] as const

export function loginChecks(stage: () => Stage, check: Check): void {
  check("has the shape of an adapter", () => {
    const { network, capabilities } = checkAdapter("under test", stage().adapter)
    assert.match(network.id, /^[a-z0-9-]+$/, "network.id is a short name in lower case")
    assert.deepEqual(JSON.parse(JSON.stringify(capabilities)), capabilities, "capabilities are plain data")
  })

  check("logs in, with a secret that can be stored", async () => {
    const { id, secret } = await stage().login(stage().fake.credentials[0])
    assert.ok(typeof id === "string" && id !== "", "an account has an id")
    assert.deepEqual(JSON.parse(JSON.stringify(secret)), secret, "the secret survives JSON")
    if (stage().fake.roomsOnly) return
    const other = await stage().login(stage().fake.credentials[1])
    assert.notEqual(other.id, id, "two accounts have two ids")
    assert.equal((await stage().login(stage().fake.credentials[0])).id, id, "an account's id stays")
  })

  check("refuses bad credentials with a sentence", async () => {
    if (stage().fake.roomsOnly) return
    const error = await stage().failure("a login with bad credentials", () => stage().login(stage().fake.badCredentials))
    assert.ok(["denied", "rejected", "logged-out"].includes(error.kind), `«${error.kind}» does not tell a user to try other credentials`)
  })

  check("connects, and has a verb for every capability", async () => {
    const { id } = await stage().login(stage().fake.credentials[0])
    const { session } = await stage().open()
    assert.equal(session.self.id, id, "session.self is the account that logged in")
    for (const verb of verbs) {
      if (stage().capabilities[verb] !== undefined) assert.equal(typeof session[verb], "function", `«${verb}» is declared and not there`)
    }
  })
}
