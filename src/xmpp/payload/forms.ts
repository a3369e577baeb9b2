// Data forms (XEP-0004): a step of a dialogue as a form, and what came back.
import type { Element } from "@xmpp/xml"
import type { Field } from "../../adapter/contract.js"
import type { Step } from "../../core/login.js"
import { el, join, textEl, type Xml } from "../stanza.js"

const ns = "jabber:x:data"

function fieldEl({ name, label, secret, options }: Field): Xml {
  const type = options ? "list-single" : secret === true ? "text-private" : "text-single"
  const choices = options?.map((option) => el("option", { label: option }, textEl("value", option))) ?? []
  const chosen = options?.[0] === undefined ? undefined : textEl("value", options[0])
  return el("field", { var: name, type, label }, el("required"), chosen, join(choices))
}

/** `formType`: XEP-0068. */
export function writeForm(step: Step, formType?: string): Xml {
  const text = [step.text, step.qr].filter((line) => line !== undefined && line !== "").join("\n")
  return el(
    "x",
    { xmlns: ns, type: "form" },
    textEl("title", step.title),
    text !== "" && textEl("instructions", text),
    formType !== undefined && el("field", { var: "FORM_TYPE", type: "hidden" }, textEl("value", formType)),
    join((step.fields ?? []).map(fieldEl)),
  )
}

/** First value of each field of the form inside `parent`. Undefined: there is no form. */
export function readForm(parent: Element): Map<string, string> | undefined {
  const x = parent.getChildren("x").find((child) => child.attrs.xmlns === ns)
  if (!x) return undefined
  return new Map(
    x.getChildren("field").map((field) => [
      field.attrs.var ?? "",
      field
        .getChildren("value")
        .map((value) => value.getText())
        .join("\n"),
    ]),
  )
}
