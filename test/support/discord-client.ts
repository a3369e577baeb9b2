// What Discord's client shows for a message's content, by the rules and regular expressions of simple-markdown (Khan Academy), on which it
// is built, with those that Discord replaced. Slow for texts made to that end, and independent of the adapter's own reader.

interface State {
  quote: boolean
  nested: boolean
  previous: string | undefined
}

type Node = string | { block: "pre" | "quote" | "line"; content: Node[] }

interface Rule {
  match(source: string, state: State): readonly string[] | null
  parse(found: readonly string[], state: State): Node[]
}

const beginsLine = ({ previous }: State): boolean => previous === undefined || /\n *$/.test(previous)
const inner = (source: string): Node[] => nodes(source, { quote: false, nested: true, previous: undefined })
const rule = (regex: RegExp, parse: Rule["parse"]): Rule => ({ match: (source) => regex.exec(source), parse })
const inline = (regex: RegExp): Rule => rule(regex, ([, content = ""]) => inner(content))

const strong = /^\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/
const underline = /^__((?:\\[\s\S]|[^\\])+?)__(?!_)/
const emphasis = /^\b_((?:__|\\[\s\S]|[^\\_])+?)_\b|^\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/

/** The longest counts; of two of one length em before strong before u (their `quality`). */
const styles: Rule = {
  match(source) {
    const [em, bold, u] = [emphasis.exec(source), strong.exec(source), underline.exec(source)]
    const best = [
      em && { found: em, rank: em[0].length + 0.2 },
      bold && { found: bold, rank: bold[0].length + 0.1 },
      u && { found: u, rank: u[0].length },
    ]
    return best.filter((one) => one !== null).sort((a, b) => b.rank - a.rank)[0]?.found ?? null
  },
  parse: (found) => inner(found[1] ?? found[2] ?? ""),
}

const url: Rule = {
  match(source) {
    let found = /^(?:https?|steam):\/\/[^\s<]+[^<.,:;"'\]\s]/.exec(source)?.[0]
    if (found === undefined) return null
    let from = 0
    for (let i = found.length - 1; i >= 0 && found[i] === ")"; i--) {
      const open = found.indexOf("(", from)
      if (open === -1) {
        found = found.slice(0, -1)
        break
      }
      from = open + 1
    }
    return [found]
  },
  parse: ([address = ""]) => [address],
}

const quote: Rule = {
  match: (source, state) =>
    state.quote || state.nested || !beginsLine(state)
      ? null
      : /^( *>>> +([\s\S]*))|^( *>(?!>>) +[^\n]*(\n *>(?!>>) +[^\n]*)*\n?)/.exec(source),
  parse([whole = ""]) {
    const all = /^ *>>> ?/.test(whole)
    const content = whole.replace(all ? /^ *>>> ?/ : /^ *> ?/gm, "")
    return [
      { block: "quote", content: nodes(all ? content : content.replace(/\n$/, ""), { quote: true, nested: false, previous: undefined }) },
    ]
  },
}

const heading: Rule = {
  match: (source, state) =>
    state.nested || !beginsLine(state)
      ? null
      : /^ *(?:#{1,3})[^\S\n]+(?=\S)(?!#+\s*(?:\n|$))([^\n]+?)[^\S\n]*#*[^\S\n]*(?:\n|$)/.exec(source),
  parse: ([, content = ""]) => [{ block: "line", content: inner(content) }],
}

const subtext: Rule = {
  match: (source, state) => (state.nested || !beginsLine(state) ? null : /^ *-#[^\S\n]+(?=\S)([^\n]+?)[^\S\n]*(?:\n|$)/.exec(source)),
  parse: ([, content = ""]) => [{ block: "line", content: inner(content) }],
}

const rules: readonly Rule[] = [
  heading,
  subtext,
  rule(/^```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][^]*?)\n*```/i, ([, , content = ""]) => [{ block: "pre", content: [content] }]),
  quote,
  rule(/^\\([^0-9A-Za-z\s])/, ([, char = ""]) => [char]),
  rule(/^<((?:https?|steam):\/\/[^\s<>]+)>/, ([, address = ""]) => [address]),
  url,
  rule(/^\[((?:\[[^\]]*\]|[^[\]]|\](?=[^[]*\]))*?)\]\((https?:\/\/(?:\([^()\s<>]*\)|[^()\s<>])+)\)/, ([whole = "", label = ""]) =>
    /https?:\/\//.test(label) || label.trim() === "" ? [whole] : inner(label),
  ),
  styles,
  inline(/^~~([\s\S]+?)~~(?!_)/),
  inline(/^\|\|([\s\S]+?)\|\|/),
  rule(/^(`+)([\s\S]*?[^`])\1(?!`)/, ([, , content = ""]) => [content.replace(/^ (?= *`)|(` *) $/g, "$1")]),
  rule(/^<@!?(\d+)>/, ([, id = ""]) => [`@${id}`]),
  rule(/^<@&(\d+)>/, ([, id = ""]) => [`@${id}`]),
  rule(/^<#(\d+)>/, ([, id = ""]) => [`#${id}`]),
  rule(/^<a?:(\w+):\d+>/, ([, name = ""]) => [`:${name}:`]),
  rule(/^<t:(-?\d{1,17})(?::[tTdDfFR])?>/, ([, seconds = ""]) => [
    `${new Date(Number(seconds) * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`,
  ]),
  rule(/^:(?!\d\d?:)([a-z0-9+-][\w+-]*(?:::skin-tone-\d)?):/i, ([, name = ""]) => [`(picture of ${name})`]),
  rule(/^(¯\\_\(ツ\)_\/¯)/, ([whole = ""]) => [whole]),
  rule(/^[\s\S]+?(?=[^0-9A-Za-z\s\u00c0-\uffff]|\n\n| {2,}\n|\w+:\S|$)/, ([whole = ""]) => [whole]),
]

function nodes(source: string, state: State): Node[] {
  const all: Node[] = []
  let rest = source
  while (rest !== "") {
    for (const each of rules) {
      const found = each.match(rest, state)
      if (!found?.[0]) continue
      rest = rest.slice(found[0].length)
      all.push(...each.parse(found, state))
      state.previous = found[0]
      break
    }
  }
  return all
}

/** What people read; ids stand for their names. Blocks are on lines of their own. */
export function shownBy(content: string): string {
  let out = ""
  let pending: "" | "soft" | "hard" = ""
  const put = (text: string): void => {
    if (text === "") return
    if (pending === "hard" || (pending === "soft" && !text.startsWith("\n"))) out += "\n"
    pending = ""
    out += text
  }
  const walk = (all: readonly Node[]): void => {
    for (const node of all) {
      if (typeof node === "string") put(node)
      else {
        if (pending !== "") out += "\n"
        pending = ""
        // Blanks before the mark of a block are at the end of the line before, where nobody sees them.
        out = out.replace(/(^|\n) +$/, "$1")
        if (out !== "" && !out.endsWith("\n")) out += "\n"
        walk(node.content)
        if (out !== "") pending = node.block === "pre" ? "soft" : "hard"
      }
    }
  }
  walk(nodes(content.trim(), { quote: false, nested: false, previous: undefined }))
  return out
}
