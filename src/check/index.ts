// `xferry check`: tries the real things, and says in plain words what is wrong and what to type.
import type { Config } from "../config/index.js"
import { redactor } from "../redact.js"
import { checkAccounts, checkConfigured } from "./accounts.js"
import { checkDatabase } from "./database.js"
import { format, good, note, type Finding } from "./report.js"
import { checkHttp } from "./http.js"
import { checkServer } from "./server.js"

export interface CheckOptions {
  /** Log in with every user's credential, not only with a few. */
  accounts: boolean
  print: (text: string) => void
  /** How long any one answer is waited for. */
  patienceMs?: number
}

/** Resolves with the exit code: 0, or 1 if anything does not work. Prints as it goes. */
export async function check(config: Config, { accounts, print: printRaw, patienceMs = 5000 }: CheckOptions): Promise<0 | 1> {
  // What servers and adapters answer is not ours: it may quote a credential.
  const print = (text: string): void => printRaw(redactor.clean(text))
  let failures = 0
  const tell = (findings: readonly Finding[]): void => {
    for (const finding of findings) print(format(finding))
    failures += findings.filter(({ verdict }) => verdict === "bad").length
  }
  print("xferry")
  tell([good(`${config.file} is valid`), ...config.warnings.map((warning) => note(warning))])
  const { findings, running, store } = await checkDatabase(config)
  tell(findings)
  try {
    if (!running) tell(await checkHttp(config, patienceMs))
    for (const network of config.networks) {
      print(`${network.id} (${network.domain})`)
      tell([good(`Adapter ${network.adapterName}: ${network.adapter.network.name}`)])
      if (running) {
        // With Prosody's «kick_old» a second connection would throw the first one out; ejabberd would share the stanzas between them.
        tell([
          note("xferry is running, and a second connection would disturb it. To try the server, stop it first; until then its log tells."),
        ])
        continue
      }
      tell(await checkServer(network, patienceMs, config.files?.allowPrivate))
      tell(await checkConfigured(network, patienceMs * 2))
      if (store !== undefined) tell(await checkAccounts(config, network, store, accounts, patienceMs * 2))
      else if (accounts) tell([note("There are no accounts to try: the database is not there yet, or not up to date")])
    }
  } finally {
    await store?.close()
  }
  print(
    failures === 0
      ? `\n${running ? "All is well." : "All is well. Start it with: xferry run"}`
      : `\n${failures} ${failures === 1 ? "thing does" : "things do"} not work.`,
  )
  return failures === 0 ? 0 : 1
}
