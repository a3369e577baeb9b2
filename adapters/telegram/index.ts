// Telegram for xferry by the official Bot API: an account is a bot of the user's own.
import { AdapterError, defineAdapter } from "xferry"
import { accessVerbs } from "./access.js"
import { Answering } from "./answering.js"
import { Calls } from "./calls.js"
import { capabilities } from "./capabilities.js"
import { changeVerbs } from "./change.js"
import { client } from "./client.js"
import { downloadVerb } from "./download.js"
import { entryVerb } from "./entry.js"
import { written } from "./entities.js"
import { explain } from "./errors.js"
import { Faces } from "./faces.js"
import { login } from "./login.js"
import { Logins } from "./logins.js"
import { options } from "./options.js"
import { contactOf } from "./people.js"
import { poll } from "./poll.js"
import { manageVerb } from "./manage.js"
import { Rooms } from "./rooms.js"
import { Memory } from "./memory.js"
import { offer } from "./menu.js"
import { sendVerbs } from "./send.js"
import { uploadClient } from "./upload.js"

export { redact } from "./redact.js"

export default defineAdapter({
  api: 1,
  network: { id: "telegram", name: "Telegram", discoType: "telegram" },
  capabilities,
  options,
  login,
  // Bot API, sendMessage: counted after entities parsing.
  length: (body) => written(body).text.length,
  async connect(secret, options, host) {
    const api = client(secret, options)
    const me = await api.getMe(host.signal).catch((error: unknown) => {
      throw explain(error, { unsure: false })
    })
    if (me.is_bot !== true) throw new AdapterError("retry", "What answered is not Telegram's Bot API: it did not name a bot.")
    const calls = new Calls(api, me, host)
    const rooms = new Rooms(calls, host)
    const memory = await Memory.load(host.state)
    const faces = new Faces(calls, host)
    const carrier = { api: uploadClient(secret, options), patienceMs: options.timeoutSeconds * 1000 }
    const logins = await Logins.load(calls, host)
    const ended = poll(calls, { rooms, memory, faces, logins, answering: new Answering(calls, host) }, host, options)
    // Whoever waits for it sees the rejection; nobody waiting yet must not end the process.
    ended.catch(() => undefined)
    void offer(calls, host)
    return {
      self: contactOf(me),
      ended,
      room: (id, signal) => rooms.room(id, signal),
      manage: manageVerb(calls, rooms),
      download: downloadVerb(calls, secret, options),
      entry: entryVerb(me),
      ...sendVerbs(calls, carrier, { memory, faces, logins }),
      ...changeVerbs(calls, carrier, logins),
      ...accessVerbs(calls, rooms),
    }
  },
})
