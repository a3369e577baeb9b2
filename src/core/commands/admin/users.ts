// Users, as administrators see them: who there is, how their accounts are, and the end of it (XEP-0133 §4.2, §4.5, §4.18 ff.).
import { words, type Said } from "../../words/words.js"
import { nothingChanged, yesOrNo, type Command } from "../command.js"
import type { Result } from "../ask.js"
import { shownOf } from "../rows.js"
import { adminCommand, node, nsAdmin, usersMeant, written } from "./parts.js"

const users = adminCommand({
  name: "users",
  node: node("get-registered-users-list"),
  title: words("Users"),
  text: words("Lists who uses this network, and how their accounts are."),
  argument: "WORD",
  run({ service, argument }): Promise<Result> {
    const word = argument.toLowerCase()
    const rows = service.admin.users().flatMap(({ jid, links }) =>
      links.flatMap(({ tag, role, account, up, text }) => {
        const state: Said = up ? words("connected") : text === "" ? words("not connected") : text
        return jid.includes(word) || account.includes(word)
          ? { jid, account: tag === "" ? account : `${account} (${tag})`, role, state }
          : []
      }),
    )
    const count = new Set(rows.map(({ jid }) => jid)).size
    const lines = rows.map(({ jid, account, role, state }) => words("{jid}: {account}, {role}, {state}", { jid, account, role, state }))
    const columns = [
      { name: "jid", label: words("Address"), jid: true as const },
      { name: "account", label: words("Account") },
      { name: "role", label: words("Role") },
      { name: "state", label: words("State") },
    ]
    return Promise.resolve({ text: [words("Users: {count}.", { count }), ...shownOf(lines)], table: { columns, rows } })
  },
})

const usersNumber = adminCommand({
  name: "users-number",
  node: node("get-registered-users-num"),
  title: words("Number of users"),
  text: words("Tells how many users this network has."),
  run: ({ service }) => Promise.resolve(words("Users: {count}.", { count: service.admin.users().length })),
})

const deleteUser = adminCommand({
  name: "delete-user",
  node: node("delete-user"),
  title: words("Delete users"),
  text: words("Removes users with all that is kept of them on this network. They may register again unless you block them."),
  argument: "JID",
  async run(call) {
    const { service, ask } = call
    const jids = await usersMeant(call, words("Which users shall go?"))
    const title = words("Remove {count} users for good?", { count: jids.length })
    const text = jids.slice(0, 20).join("\n")
    const { sure } = await ask({
      title,
      text,
      formType: nsAdmin,
      fields: [{ name: "sure", label: words("Are you sure?"), options: yesOrNo }],
    })
    if (sure !== "yes") return nothingChanged
    const lines: Said[] = []
    for (const jid of jids) {
      const was = await service.admin.remove(jid)
      written(call, "user deleted", { user: jid, was })
      lines.push(was ? words("{jid} was removed.", { jid }) : words("{jid} is nobody here.", { jid }))
    }
    return lines
  },
})

const endSession = adminCommand({
  name: "restart-session",
  node: node("end-user-session"),
  title: words("Connect users anew"),
  text: words("Ends the connections of users' accounts to the network; they are made again at once."),
  argument: "JID",
  async run(call) {
    const lines: Said[] = []
    for (const jid of await usersMeant(call, words("Whose accounts?"))) {
      const count = await call.service.admin.restart(jid)
      written(call, "session ended", { user: jid, count })
      lines.push(
        count > 0
          ? words("{jid}: {count} accounts connect anew.", { jid, count })
          : words("{jid} has no account of their own here.", { jid }),
      )
    }
    return lines
  },
})

export const userCommands: readonly Command[] = [users, usersNumber, deleteUser, endSession]
