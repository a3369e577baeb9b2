// Reports of contacts with the command that blocks them (XEP-0377): the reason, what the user says to it, which messages are meant.
import type { Element } from "@xmpp/xml"
import type { Report, ReportReason } from "../../core/consent/ports.js"
import { Refusal } from "../../core/ports.js"
import { words } from "../../core/words/words.js"
import type { Feature } from "../types.js"

const ns = "urn:xmpp:reporting:1"
const nsIds = "urn:xmpp:sid:0"

export const reporting: Feature = {
  xep: { number: 377, version: "0.4.1", name: "Blocking Command Reports" },
  disco: { gateway: [ns] },
}

const reasons: Readonly<Record<string, ReportReason>> = { "urn:xmpp:reporting:spam": "spam", "urn:xmpp:reporting:abuse": "abuse" }

/** Of an item of the blocking command. Undefined: there is none. Throws `Refusal` for one without a reason (§3). */
export function readReport(item: Element): Report | undefined {
  const report = item.getChild("report", ns)
  if (!report) return undefined
  const reason = report.attrs["reason"] ?? ""
  if (reason === "") throw new Refusal("bad-request", words("A report is of spam or of abuse."), "modify")
  return {
    // What other documents register is abuse of some kind.
    reason: (Object.hasOwn(reasons, reason) ? reasons[reason] : undefined) ?? "abuse",
    text: report.getChildText("text")?.trim() ?? "",
    messages: report.getChildren("stanza-id", nsIds).flatMap((one) => one.attrs["id"] ?? []),
  }
}
