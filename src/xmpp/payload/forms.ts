// Data forms (XEP-0004): a step of a dialogue as a form, and what came back.
import type { Element } from "@xmpp/xml"
import type { Prompt, Table } from "../../core/commands/ask.js"
import { optionsOf, type Step } from "../../core/login.js"
import { inLanguage } from "../../core/words/words.js"
import { el, join, textEl, type Xml } from "../stanza.js"

const ns = "jabber:x:data"

const textTypes = { jid: "jid-single", jids: "jid-multi", lines: "text-multi" } as const

function fieldEl(field: Prompt, lang: string | undefined): Xml {
  const { name, label, secret, several, preset, optional, as } = field
  const options = optionsOf(field, lang)
  const type = options
    ? several === true
      ? "list-multi"
      : "list-single"
    : secret === true
      ? "text-private"
      : as === undefined
        ? "text-single"
        : textTypes[as]
  const choices = options?.map((option) => el("option", { label: option.label }, textEl("value", option.value))) ?? []
  const first = several === true || optional === true ? undefined : options?.[0]?.value
  const values =
    preset === undefined
      ? first === undefined
        ? []
        : [first]
      : several === true || as === "jids" || as === "lines"
        ? preset.split("\n")
        : [preset]
  return el(
    "field",
    { var: name, type, label: inLanguage(label, lang) },
    optional !== true && el("required"),
    join(values.map((value) => textEl("value", value))),
    join(choices),
  )
}

/** `formType`: XEP-0068. */
export function writeForm(step: Step, formType?: string, lang?: string): Xml {
  const text = [step.text === undefined ? "" : inLanguage(step.text, lang), step.qr ?? ""].filter((line) => line !== "").join("\n")
  return el(
    "x",
    { xmlns: ns, type: "form" },
    textEl("title", inLanguage(step.title, lang)),
    text !== "" && textEl("instructions", text),
    formType !== undefined && el("field", { var: "FORM_TYPE", type: "hidden" }, textEl("value", formType)),
    join((step.fields ?? []).map((field) => fieldEl(field, lang))),
  )
}

/** Many of one kind (XEP-0004 §3.4). */
export function tableForm({ columns, rows }: Table, lang: string): Xml {
  return el(
    "x",
    { xmlns: ns, type: "result" },
    el(
      "reported",
      {},
      join(
        columns.map(({ name, label, jid }) =>
          el("field", { var: name, type: jid ? "jid-single" : "text-single", label: inLanguage(label, lang) }),
        ),
      ),
    ),
    join(
      rows.map((row) =>
        el("item", {}, join(columns.map(({ name }) => el("field", { var: name }, textEl("value", inLanguage(row[name] ?? "", lang)))))),
      ),
    ),
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
