// Data forms (XEP-0004): a step of a dialogue as a form, and what came back.
import type { Element } from "@xmpp/xml"
import type { Field } from "../../adapter/contract.js"
import type { Step } from "../../core/login.js"
import { el, join, textEl, type Xml } from "../stanza.js"

const ns = "jabber:x:data"

function fieldEl({ name, label, secret, options, several }: Field): Xml {
  const type = options ? (several === true ? "list-multi" : "list-single") : secret === true ? "text-private" : "text-single"
  const choices = options?.map((option) => el("option", { label: option }, textEl("value", option))) ?? []
  const chosen = options?.[0] === undefined || several === true ? undefined : textEl("value", options[0])
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

/** All values of each field of a form, in order. */
export function readFields(form: Element): Map<string, string[]> {
  return new Map(
    form.getChildren("field").map((field) => [field.attrs.var ?? "", field.getChildren("value").map((value) => value.getText())]),
  )
}

/** Value of each field of the form inside `parent`; of several the lines. Undefined: there is no form. */
export function readForm(parent: Element): Map<string, string> | undefined {
  const x = parent.getChildren("x").find((child) => child.attrs.xmlns === ns)
  return x && new Map([...readFields(x)].map(([name, values]) => [name, values.join("\n")]))
}

/** Facts beside a disco#info (XEP-0128). Fields without a value are left out. */
export function resultForm(
  formType: string,
  fields: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): Xml {
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (typeof value === "object") return el("field", { var: name }, join(value.map((one) => textEl("value", one))))
    return el("field", { var: name }, textEl("value", typeof value === "boolean" ? (value ? "1" : "0") : String(value)))
  })
  const type = el("field", { var: "FORM_TYPE", type: "hidden" }, textEl("value", formType))
  return el("x", { xmlns: ns, type: "result" }, type, join(shown))
}
