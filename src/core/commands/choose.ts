// `choose`: an answer to what a person or room offers to choose from: a poll, buttons.
import { bare, decode } from "../address.js"
import { Refusal, type Chosen, type OpenChoice, type Service } from "../ports.js"
import { words } from "../words/words.js"
import { needLink, type Command, type CommandCall } from "./command.js"
import { chosen } from "../asides/choices.js"

export const choose: Command = {
  name: "choose",
  title: words("Choose"),
  text: words("Answers a poll, or presses a button of a bot. You can as well reply to the message with the number."),
  section: "people",
  argument: "ADDRESS",
  needs: "anyone",
  room: true,
  contact: true,
  offered: ({ capabilities }) => capabilities.interact !== undefined,
  async run(call) {
    const where = await placeOf(call)
    const open = await call.service.choices(where)
    const choice = await oneOf(call, open)
    const labels = choice.options.map(({ text, url }, i) => `${i + 1}. ${text}${url === undefined ? "" : ` (${url})`}`)
    const { option = "" } = await call.ask({
      title: choice.text === "" ? words("Choose") : choice.text,
      fields: [{ name: "option", label: words("Your choice"), options: labels, ...(choice.multiple && { several: true }) }],
    })
    const numbers = option.split("\n").map((label) => labels.indexOf(label) + 1)
    return call.service.choose(where, choice.message, chosen(choice, numbers))
  },
}

async function placeOf({ user, service, argument, ask }: CommandCall): Promise<Chosen> {
  const text =
    argument === ""
      ? ((await ask({ title: words("Where?"), fields: [{ name: "address", label: words("Address of the person or room") }] })).address ??
        "")
      : argument
  const address = decode(localpart(bare(text.trim()), service))
  if (!address || address.kind === "gateway")
    throw new Refusal("item-not-found", words("«{text}» is no address of {network}.", { text, network: service.name }))
  if (address.kind === "room") return { view: await service.rooms.view(user, address.id, address.tag) }
  const link = service.linksOf(user).find(({ tag }) => tag === address.tag) ?? needLink(service, user)
  return { link, legacyId: address.id }
}

function localpart(jid: string, { domain }: Service): string {
  return jid.endsWith(`@${domain}`) ? jid.slice(0, -domain.length - 1) : jid
}

async function oneOf({ ask }: CommandCall, open: OpenChoice[]): Promise<OpenChoice> {
  const [newest] = open
  if (!newest) throw new Refusal("item-not-found", words("Nothing can be chosen here now."))
  if (open.length === 1) return newest
  const labels = open.map(({ text, options }, i) => `${i + 1}. ${text === "" ? options.map((one) => one.text).join(" / ") : text}`)
  const { which = "" } = await ask({ title: words("Which one?"), fields: [{ name: "which", label: words("Question"), options: labels }] })
  return open[labels.indexOf(which)] ?? newest
}
