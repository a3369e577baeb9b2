// What a group of 20,000 costs with 50 joined clients: memory and CPU of the gateway's process alone. Run by hand: node test/dist/measure/big-room.js
import { readFileSync } from "node:fs"
import { Driver } from "xferry-adapter-loopback"
import { TestClient } from "../support/client.js"
import { GatewayProcess } from "../support/gateway-process.js"
import { startLoopback } from "../support/loopback-process.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"

const members = 20_000
const clients = 50
const messages = 500
/** Most talk comes from few, and one message in ten from somebody of the crowd. */
const regulars = 100
const domain = "lo.example.test"
const room = `#verona!club@${domain}`

/** Of a process: resident bytes and CPU seconds, user and system (proc(5), stat fields 14 and 15 in ticks of 1/100 s). */
function cost(pid: number): { megabytes: number; seconds: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0"
  return { megabytes: Math.round(Number(resident) / 1024), seconds: (Number(fields[11]) + Number(fields[12])) / 100 }
}

const shared = secret("secret-of-the-measured-component")
const server = await startProsody({
  components: [{ domain, secret: shared }],
  users: Object.fromEntries(Array.from({ length: clients }, (_, i) => [`user${i}`, "pw"])),
})
const loopback = await startLoopback()
const driver = await Driver.connect(loopback.address)
await driver.ask({ op: "room", room: "verona", name: "Verona", kind: "group", crowd: members, accounts: ["bot"] })
const gateway = await GatewayProcess.start({
  server,
  networks: {
    lo: {
      domain,
      secret: shared,
      adapter: "loopback",
      options: { connect: loopback.address },
      accounts: { club: { login: { name: "bot", password: "p" }, rooms: { "*": ["example.test"] } } },
    },
  },
})
const pid = Number(gateway.pid)
const joined: TestClient[] = []
try {
  const first = await TestClient.connect({ server, user: "user0", password: "pw" })
  joined.push(first)
  await first.reachable(domain)
  // The account of the configuration logs in by itself; the room is there when it is.
  for (let found = false; !found;)
    found = (await first.iq("get", room, "<query xmlns='http://jabber.org/protocol/disco#info'/>")).attrs["type"] === "result"
  console.log("before anybody joins", cost(pid))

  const join = async (client: TestClient, i: number): Promise<void> => {
    const nick = `${room}/user${i}`
    await client.send(`<presence to='${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
    await client.waitFor((el) => el.is("message") && el.attrs["from"]?.startsWith(room) === true && el.getChild("subject") !== undefined, {
      timeout: 60_000,
      since: 0,
      what: "the subject",
    })
  }
  const beforeJoins = cost(pid).seconds
  for (let i = 1; i < clients; i++) joined.push(await TestClient.connect({ server, user: `user${i}`, password: "pw" }))
  await Promise.all(joined.map(join))
  console.log(`${clients} clients joined`, cost(pid), `CPU of the joins: ${(cost(pid).seconds - beforeJoins).toFixed(2)} s`)
  console.log("presences the last one got", joined.at(-1)?.presences(room).length)

  const start = cost(pid).seconds
  const begun = performance.now()
  for (let i = 0; i < messages; i++)
    await driver.ask({
      op: "say",
      room: "verona",
      from: `m${i % 10 === 0 ? (i * 37) % members : i % regulars}`,
      text: `message ${i} of the crowd`,
    })
  await Promise.all(
    joined.map((client) => client.waitForMessage(room, `message ${messages - 1} of the crowd`, { timeout: 120_000, since: 0 })),
  )
  const spent = cost(pid).seconds - start
  console.log(
    `${messages} messages to ${clients} clients`,
    cost(pid),
    `CPU ${spent.toFixed(2)} s: ${((spent / messages) * 1e6).toFixed(0)} µs a message, ${((spent / messages / clients) * 1e6).toFixed(1)} µs a stanza; ${((performance.now() - begun) / 1000).toFixed(1)} s by the clock`,
  )
  for (const client of joined) {
    const heard = client.messages(room).filter((el) => el.getChildText("body")?.endsWith("of the crowd"))
    if (heard.length !== messages) console.log(client.bare, "heard", heard.length)
  }
  console.log("presences the last one got in all", joined.at(-1)?.presences(room).length)
} finally {
  await Promise.all(joined.map((client) => client.disconnect()))
  await gateway.remove()
  driver.close()
  await loopback.stop()
  await server.stop()
}
