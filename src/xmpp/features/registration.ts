// In-band registration (XEP-0077): the first step of the adapter's login as a form, and as plain fields for old clients.
import type { Element } from "@xmpp/xml"
import type { Field } from "../../adapter/contract.js"
import { Cancelled, readFields, type Step } from "../../core/login.js"
import type { BareJid } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"
import { readForm, writeForm } from "../payload/forms.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import type { Feature, Incoming } from "../types.js"

const ns = "jabber:iq:register"

/** Left to the commands: what needs more than one form. */
class TooManySteps extends Refusal {
  constructor(service: Service) {
    super(
      "not-acceptable",
      `Registering with ${service.name} takes several steps. Use the command «Register» of ${service.domain}, or write «register» to it.`,
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
      first = step
      return Promise.reject(left)
    })
  } catch (error) {
    if (error !== left) throw error
  }
  if (!first) throw new TooManySteps(service)
  return first
}

async function show(service: Service, { fromBare }: Incoming): Promise<Xml> {
  const step = await firstStep(service, fromBare)
  const registered = service.linksOf(fromBare).length > 0
  const again = registered ? "You are registered. Fill this in to change your login." : ""
  const title = { ...step, title: step.title, text: [again, step.text ?? ""].filter((line) => line !== "").join("\n") }
  const plain = plainFields(step.fields ?? [])
  return el(
    "query",
    { xmlns: ns },
    registered && el("registered"),
    textEl("instructions", title.text === "" ? step.title : title.text),
    plain && join([...plain.keys()].map((name) => el(name))),
    writeForm(title, ns),
  )
}

async function change(service: Service, { fromBare }: Incoming, query: Element): Promise<Xml | undefined> {
  const children = query.getChildElements()
  if (query.getChild("remove")) {
    if (children.length > 1) throw new Refusal("bad-request", "«remove» stands alone.", "modify")
    if (!(await service.unregister(fromBare)))
      throw new Refusal("registration-required", `You are not registered with ${service.name}.`, "auth")
    return undefined
  }
  const form = readForm(query)
  const plain = new Map(children.map((child) => [child.getName(), child.getText()]))
  let asked = 0
  await service.register(fromBare, (step) => {
    const fields = step.fields ?? []
    if (asked++ > 0 || fields.length === 0) return Promise.reject(new TooManySteps(service))
    const { values, missing } = readFields(fields, form ?? byName(fields, plain))
    if (missing.length > 0) return Promise.reject(new Refusal("not-acceptable", `Please fill in: ${missing.join(", ")}.`, "modify"))
    return Promise.resolve(values)
  })
  return undefined
}

/** XEP-0077 §14 knows a fixed set of fields: one secret becomes `password`, one other `username`. Undefined: they do not suffice. */
function plainFields(fields: readonly Field[]): Map<string, string> | undefined {
  const plain = new Map<string, string>()
  for (const { name, secret, options } of fields) {
    const tag = secret === true ? "password" : "username"
    if (plain.has(tag) || options) return undefined
    plain.set(tag, name)
  }
  return plain.size > 0 ? plain : undefined
}

function byName(fields: readonly Field[], given: ReadonlyMap<string, string>): Map<string, string> {
  const out = new Map<string, string>()
  for (const [tag, name] of plainFields(fields) ?? []) out.set(name, given.get(tag) ?? "")
  return out
}
