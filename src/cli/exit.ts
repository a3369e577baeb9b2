// Exit codes, after sysexits.h, so that a service manager can tell what a restart may cure.

export const EXIT = {
  ok: 0,
  /** `check` found something that does not work, or a command failed. */
  failed: 1,
  /** EX_USAGE: the command line is wrong. */
  usage: 64,
  /** EX_UNAVAILABLE: something xferry needs is not there (database, address to listen at, Node version, native module). */
  unavailable: 69,
  /** EX_SOFTWARE: a fault of xferry's own. Safe to start again: what was accepted is on disk. */
  software: 70,
  /** EX_CONFIG: the configuration is wrong. A restart will not help. */
  config: 78,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_TEXTS: readonly [ExitCode, string][] = [
  [EXIT.ok, "all is well"],
  [EXIT.failed, "something failed; it was said what"],
  [EXIT.usage, "the command line is wrong"],
  [EXIT.unavailable, "something xferry needs is not there: the database, an address to listen at, a module, a newer Node"],
  [EXIT.software, "a fault of xferry's own; it may be started again, nothing that was accepted is lost"],
  [EXIT.config, "the configuration is wrong; starting again will not help"],
]
