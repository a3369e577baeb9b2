// Whom the administrators let in and keep out at run time: lists of JIDs, foreign people and services, in memory and on disk.
import { Refusal } from "../ports.js"
import type { Store } from "../store.js"
import { words } from "../words/words.js"
import type { Rule, Rules, RuleScope } from "./ports.js"

/** A list that nobody can read any more is no list. */
const most = 10_000

export class RuleBook implements Rules {
  readonly #rules = new Map<string, Rule>()

  constructor(private readonly parts: { store: Pick<Store, "rules" | "putRule" | "dropRule">; network: string }) {}

  async load(): Promise<void> {
    for (const rule of await this.parts.store.rules(this.parts.network)) this.#rules.set(keyOf(rule.scope, rule.pattern), rule)
  }

  verdict(scope: RuleScope, subject: string): Rule["verdict"] | undefined {
    if (this.#rules.size === 0) return undefined
    for (const pattern of patternsOf(scope, subject)) {
      const rule = this.#rules.get(keyOf(scope, pattern))
      if (rule) return rule.verdict
    }
    return undefined
  }

  /** In the order they were made. */
  list(scope?: RuleScope): Rule[] {
    return [...this.#rules.values()].filter((rule) => scope === undefined || rule.scope === scope)
  }

  /** Throws `Refusal` where there are too many. */
  async put(rule: Omit<Rule, "id">): Promise<Rule> {
    const key = keyOf(rule.scope, rule.pattern)
    if (this.#rules.size >= most && !this.#rules.has(key))
      throw new Refusal("resource-constraint", words("There are {most} rules already. Remove some first.", { most }))
    const stored = await this.parts.store.putRule({ ...rule, network: this.parts.network })
    this.#rules.set(key, stored)
    return stored
  }

  /** False: there was none. */
  async drop(scope: RuleScope, pattern: string): Promise<boolean> {
    const dropped = await this.parts.store.dropRule(this.parts.network, scope, pattern)
    this.#rules.delete(keyOf(scope, pattern))
    return dropped
  }
}

function keyOf(scope: RuleScope, pattern: string): string {
  return `${scope} ${pattern}`
}

/** What a rule may name it by, the most particular first. */
function patternsOf(scope: RuleScope, subject: string): string[] {
  if (scope === "foreign" || scope === "network") return [subject, "*"]
  // A name with the root's dot is the same name (RFC 7622 §3.2), and not all servers take it off.
  const name = subject.endsWith(".") ? subject.slice(0, -1) : subject
  const domain = name.slice(name.indexOf("@") + 1)
  return name === domain ? [domain, "*"] : [name, domain, "*"]
}
