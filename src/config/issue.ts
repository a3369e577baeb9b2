// What is wrong with a config, as data, and how it is said.

/** Keys and indexes from the top of the file. */
export type Path = readonly (string | number)[]

/** Line and column, both from 1, as editors count. Line 0: the file as a whole. */
export interface Position {
  line: number
  column: number
}

export interface Issue extends Position {
  path: Path
  /** One or two sentences: what is wrong and what to do. Never a value that may be secret. */
  text: string
}

/** Thrown for a config that cannot be used: every fault at once. Exit code 78 (sysexits EX_CONFIG). */
export class ConfigError extends Error {
  readonly issues: readonly Issue[]

  constructor(file: string, issues: readonly Issue[]) {
    super(issues.map((issue) => formatIssue(file, issue)).join("\n"))
    this.name = "ConfigError"
    this.issues = issues
  }
}

/** `config.yaml:5:53 networks.sms.secret: SMS_SECRET is not set. Export it or use !file.` */
export function formatIssue(file: string, issue: Issue): string {
  const where = issue.line === 0 ? `${file}:` : `${file}:${issue.line}:${issue.column}`
  return issue.path.length === 0 ? `${where} ${issue.text}` : `${where} ${dotted(issue.path)}: ${issue.text}`
}

export function dotted(path: Path): string {
  return path.join(".")
}
