// The configuration of a room as a form (XEP-0045 §10.2, XEP-0500): what the network lets us change, and what is as it is.
import type { Element } from "@xmpp/xml"
import type { Manage } from "../../adapter/contract.js"
import { Refusal } from "../../core/ports.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import { words } from "../../core/words/words.js"

const nsForm = "jabber:x:data"
const formType = "http://jabber.org/protocol/muc#roomconfig"

/** The network's to do, or ours: days for which the archive is kept, undefined for as long as the gateway keeps all others. */
export type Change = Manage | { do: "keep"; days: number | undefined }

/** Ten years. */
const mostDays = 3650

interface Field {
  name: string
  label: string
  type: "text-single" | "text-multi" | "boolean" | "list-single"
  is(view: RoomView): string
  /** Absent: it is as it is, and may come back unchanged. */
  change?: { needs?: Manage["do"]; to(value: string): Change }
  inner?: Xml
}

const fields: readonly Field[] = [
  {
    name: "muc#roomconfig_roomname",
    label: "Name",
    type: "text-single",
    is: ({ room }) => (room.name ?? "").trim(),
    change: {
      needs: "name",
      to(text) {
        if (text === "") throw notAcceptable("A room needs a name.")
        return { do: "name", text }
      },
    },
  },
  {
    name: "muc#roomconfig_roomdesc",
    label: "Description",
    type: "text-multi",
    is: ({ room }) => (room.topic ?? "").replace(/\r\n?/g, "\n").trim(),
    change: { needs: "topic", to: (text) => ({ do: "topic", text }) },
  },
  {
    name: "muc#roomconfig_slow_mode_duration",
    label: "Slow mode: seconds between two messages of one person (0: off)",
    type: "text-single",
    is: ({ room }) => String(room.facts.slowSeconds ?? 0),
    change: {
      needs: "slow",
      to(text) {
        if (!/^\d{1,9}$/.test(text)) throw notAcceptable("Slow mode is a number of seconds, 0 for off.")
        return { do: "slow", seconds: Number(text) }
      },
    },
    inner: el("validate", { xmlns: "http://jabber.org/protocol/xdata-validate", datatype: "xs:integer" }, el("range", { min: 0 })),
  },
  {
    // Not registered, hence «x-» (XEP-0068 §3.4).
    name: "x-archive_days",
    label: "Days for which this gateway keeps the history, if fewer than for all rooms (empty: as for all)",
    type: "text-single",
    is: ({ room }) => String(room.facts.archiveDays ?? ""),
    change: {
      to(text) {
        if (text === "") return { do: "keep", days: undefined }
        if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > mostDays)
          throw notAcceptable(
            `History is kept for 1 to ${mostDays} days; leave it empty for as long as the gateway keeps all others, which is also the most.`,
          )
        return { do: "keep", days: Number(text) }
      },
    },
  },
  { name: "muc#roomconfig_persistentroom", label: "Persistent (cannot be changed)", type: "boolean", is: () => "1" },
  { name: "muc#roomconfig_membersonly", label: "For members only (cannot be changed)", type: "boolean", is: () => "1" },
  { name: "muc#roomconfig_publicroom", label: "Listed for everybody (cannot be changed)", type: "boolean", is: () => "0" },
  { name: "muc#roomconfig_passwordprotectedroom", label: "Password (cannot be set)", type: "boolean", is: () => "0" },
  {
    name: "muc#roomconfig_whois",
    label: "Who may see JIDs (cannot be changed)",
    type: "list-single",
    is: () => "moderators",
    inner: el("option", { label: "Moderators" }, textEl("value", "moderators")),
  },
]

const notAcceptable = (text: string): Refusal => new Refusal("not-acceptable", text, "modify")

export function configForm(view: RoomView, network: string): Xml {
  const shown = fields.filter(({ change }) => change?.needs === undefined || view.can.has(change.needs))
  return el(
    "x",
    { xmlns: nsForm, type: "form" },
    textEl("title", `Configuration of ${view.room.name ?? "the room"}`),
    textEl("instructions", `What you change here changes for everybody in the group on ${network}.`),
    el("field", { var: "FORM_TYPE", type: "hidden" }, textEl("value", formType)),
    join(
      shown.map((field) => {
        const { name, label, type, inner } = field
        const values = type === "text-multi" ? field.is(view).split("\n") : [field.is(view)]
        return el("field", { var: name, type, label }, inner, join(values.map((value) => textEl("value", value))))
      }),
    ),
  )
}

/** What differs from what is. Throws `Refusal`: a value that cannot be, or no right to change it. */
export function changesOf(form: Element, view: RoomView): Change[] {
  const given = new Map(form.getChildren("field").map((field) => [field.attrs.var ?? "", valueOf(field)]))
  if ((given.get("FORM_TYPE") ?? formType) !== formType) throw notAcceptable("This is no form of a room's configuration.")
  const changes: Change[] = []
  for (const { name, label, type, is, change } of fields) {
    const text = given.get(name)
    if (text === undefined) continue
    const value = type === "boolean" ? ({ true: "1", false: "0" }[text] ?? text) : text
    if (value === is(view)) continue
    if (!change) throw notAcceptable(`«${label}»: rooms of a gateway are as the group on the network is.`)
    if (change.needs !== undefined && !view.can.has(change.needs))
      throw new Refusal("forbidden", words("«{label}»: the account has no right to change it.", { label }), "auth")
    changes.push(change.to(value))
  }
  return changes
}

function valueOf(field: Element): string {
  return field
    .getChildren("value")
    .map((value) => value.getText())
    .join("\n")
    .trim()
}
