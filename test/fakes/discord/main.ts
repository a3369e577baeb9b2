// The fake Discord as a process: `node test/dist/fakes/discord/main.js [port]`; prints {"url": …} and is driven as control.ts says.
import { startFakeDiscord } from "./index.js"

const fake = await startFakeDiscord({ port: Number(process.argv[2] ?? 0), control: true })
process.stdout.write(`${JSON.stringify({ url: fake.url })}\n`)
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void fake.stop().then(() => process.exit(0)))
