// The conformance kit (`xferry/conformance`): what every adapter must do, played against a fake of its network. See docs/adapter/.
import { after, before, describe, it } from "node:test"
import type { Adapter, Capabilities } from "./contract.js"
import { asideChecks } from "./conformance/asides.js"
import { failingChecks, hangingCheck } from "./conformance/failing.js"
import type { Fake } from "./conformance/fake.js"
import { fileChecks } from "./conformance/files.js"
import { loginChecks } from "./conformance/login.js"
import { receivingChecks } from "./conformance/receiving.js"
import { roomChecks } from "./conformance/rooms.js"
import { roomListChecks } from "./conformance/room-lists.js"
import { sendingChecks } from "./conformance/sending.js"
import { Stage, type Check } from "./conformance/stage.js"

export type { Answers, Fake, Which } from "./conformance/fake.js"
export type { FakeAsides } from "./conformance/fake-asides.js"
export type { FakeFile, FakeFiles } from "./conformance/fake-files.js"
export type { FakeRooms } from "./conformance/fake-rooms.js"
export { TestHost, within } from "./conformance/host.js"

/**
 * Registers the checks with `node:test`.
 *
 * @param deadlineMs how long anything may take that must happen
 *
 * @example
 * conformance(adapter, () => new PigeonFake()) // then: node --test
 */
export function conformance<O, K, C extends Capabilities>(
  adapter: Adapter<O, K, C>,
  makeFake: () => Fake,
  { name = adapter.network.name, deadlineMs = 10_000 }: { name?: string; deadlineMs?: number } = {},
): void {
  void describe(`${name} keeps to the adapter contract`, () => {
    let current: Stage
    const stage = (): Stage => current
    before(async () => {
      const fake = makeFake()
      current = new Stage(adapter, fake, deadlineMs)
      await fake.start()
    })
    after(() => current.fake.stop())
    // Not `afterEach`: that would run after each subtest too, and end the session the next one needs.
    const check: Check = (title, run) =>
      void it(title, async (t) => {
        try {
          await run(t)
        } finally {
          await current.closeAll()
        }
      })
    loginChecks(stage, check)
    receivingChecks(stage, check)
    sendingChecks(stage, check)
    fileChecks(stage, check)
    asideChecks(stage, check)
    roomChecks(stage, check)
    roomListChecks(stage, check)
    failingChecks(stage, check)
    hangingCheck(stage, check)
  })
}
