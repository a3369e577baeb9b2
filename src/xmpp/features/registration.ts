// In-band registration (XEP-0077): the first step of the adapter's login as a form, and as plain fields for old clients.
import type { Element } from "@xmpp/xml"
import type { Prompt } from "../../core/commands/ask.js"
import { Cancelled, readFields, type Step } from "../../core/login.js"
import type { BareJid } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"
import { inLanguage, words } from "../../core/words/words.js"
import { readForm, writeForm } from "../payload/forms.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import type { Feature, Incoming } from "../types.js"

const ns = "jabber:iq:register"

/** Left to the commands: what needs more than one form. */
class TooManySteps extends Refusal {
  constructor(service: Service) {
    super(
      "not-acceptable",
      words("Registering with {network} takes several steps. Use the command «Register» of {domain}, or write «register» to it.", {
        network: service.name,
        domain: service.domain,
      }),
      "modify",
    )
  }
}

/** `service`: the one whose `register` also makes the gateway known to the user. */
export function createRegistration(service: Service): Feature {
  return {
    xep: { number: 77, version: "2.4", name: "In-Band Registration" },
    disco: { gateway: [ns] },
    iq: {
      [`get ${ns} query`]: { on: ["gateway"], handle: (incoming) => show(service, incoming) },
      [`set ${ns} query`]: { on: ["gateway"], handle: (incoming, query) => change(service, incoming, query) },
    },
  }
}

/** The login itself says what it asks for: it is begun, and left at its first question. */
async function firstStep(service: Service, user: BareJid): Promise<Step> {
  let first: Step | undefined
  const left = new Cancelled("only looking")
  try {
    await service.register(user, (step) => {
      const preset = presetsOf(step, undefined)
      if (preset) return Promise.resolve(preset)
      first = step
      return Promise.reject(left)
    })
  } catch (error) {
    if (error !== left) throw error
  }
  if (!first) throw new TooManySteps(service)
  return first
}

async function show(service: Service, { fromBare, lang }: Incoming): Promise<Xml> {
  const step = await firstStep(service, fromBare)
  const registered = service.linksOf(fromBare).length > 0
  const again = registered ? words("You are registered. Fill this in to change your login.") : ""
  const lines = [again, step.text ?? ""].map((line) => inLanguage(line, lang))
  const title = { ...step, title: step.title, text: lines.filter((line) => line !== "").join("\n") }
  const plain = plainFields(step.fields ?? [])
  return el(
    "query",
    { xmlns: ns },
    registered && el("registered"),
    textEl("instructions", title.text === "" ? inLanguage(step.title, lang) : title.text),
    plain && join([...plain.keys()].map((name) => el(name))),
    writeForm(title, ns, lang),
  )
}

async function change(service: Service, { fromBare, lang }: Incoming, query: Element): Promise<Xml | undefined> {
  const children = query.getChildElements()
  if (query.getChild("remove")) {
    if (children.length > 1) throw new Refusal("bad-request", words("«remove» stands alone."), "modify")
    if (!(await service.unregister(fromBare)))
      throw new Refusal("registration-required", words("You are not registered with {network}.", { network: service.name }), "auth")
    return undefined
  }
  const form = readForm(query)
  const plain = new Map(children.map((child) => [child.getName(), child.getText()]))
  let asked = 0
  await service.register(fromBare, (step) => {
    const preset = presetsOf(step, form)
    if (preset) return Promise.resolve(preset)
    const fields = step.fields ?? []
    if (asked++ > 0 || fields.length === 0) return Promise.reject(new TooManySteps(service))
    const { values, missing } = readFields(fields, form ?? byName(fields, plain), lang)
    if (missing.length > 0)
      return Promise.reject(new Refusal("not-acceptable", words("Please fill in: {fields}.", { fields: missing.join(", ") }), "modify"))
    return Promise.resolve(values)
  })
  return undefined
}

/** A step that has an answer already, and of which the form says nothing, is not asked: the one form there is must be that of the login. */
function presetsOf({ fields = [] }: Step, form: ReadonlyMap<string, string> | undefined): Record<string, string> | undefined {
  const preset: Record<string, string> = {}
  for (const field of fields) {
    if (field.preset === undefined || form?.has(field.name)) return undefined
    preset[field.name] = field.preset
  }
  return fields.length > 0 ? preset : undefined
}

/** XEP-0077 §14 knows a fixed set of fields: one secret becomes `password`, one other `username`. Undefined: they do not suffice. */
function plainFields(fields: readonly Prompt[]): Map<string, string> | undefined {
  const plain = new Map<string, string>()
  for (const { name, secret, options } of fields) {
    const tag = secret === true ? "password" : "username"
    if (plain.has(tag) || options) return undefined
    plain.set(tag, name)
  }
  return plain.size > 0 ? plain : undefined
}

function byName(fields: readonly Prompt[], given: ReadonlyMap<string, string>): Map<string, string> {
  const out = new Map<string, string>()
  for (const [tag, name] of plainFields(fields) ?? []) out.set(name, given.get(tag) ?? "")
  return out
}
