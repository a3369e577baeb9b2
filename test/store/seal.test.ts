// Sealing at rest: bound to key and place; rotation.
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { describe, it } from "node:test"
import fc from "../support/property.js"
import { accountSeal, keyId, parseKeys, rotate, sealedWith, Sealer, SealError, stateSeal } from "#src/store/index.js"
import { now, romeo, world } from "./fixture.js"

const [first, second] = [randomBytes(32), randomBytes(32)]
const here = accountSeal("sms", "bot")

describe("Sealer", () => {
  it("gives back any text, at its place only", () => {
    const sealer = new Sealer([first])
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), fc.string(), fc.string(), (text, where, elsewhere) => {
        const sealed = sealer.seal(text, where)
        assert.equal(sealer.open(sealed, where), text)
        if (elsewhere !== where) assert.throws(() => sealer.open(sealed, elsewhere), SealError)
      }),
    )
  })

  it("never seals the same twice, and shows nothing of it", () => {
    const sealer = new Sealer([first])
    const sealed = sealer.seal("token-token-token", here)
    assert.notDeepEqual(sealed, sealer.seal("token-token-token", here))
    assert(!Buffer.from(sealed).includes("token"))
    assert.equal(sealed.length, sealed.buffer.byteLength, "nothing else travels with it to the store's thread")
  })

  it("opens nothing that was changed in any byte, or cut short", () => {
    const sealer = new Sealer([first])
    const sealed = sealer.seal("token", here)
    for (let i = 0; i < sealed.length; i++) {
      const bent = Uint8Array.from(sealed)
      bent[i] = (bent[i] ?? 0) ^ 1
      assert.throws(() => sealer.open(bent, here), SealError, `byte ${i}`)
      assert.throws(() => sealer.open(sealed.subarray(0, i), here), SealError, `${i} bytes`)
    }
  })

  it("names the key that is missing, never a key", () => {
    const sealed = new Sealer([first]).seal("token", here)
    assert.equal(sealedWith(sealed), keyId(first))
    assert.throws(
      () => new Sealer([second]).open(sealed, here),
      ({ message }: Error) =>
        message.includes(keyId(first)) &&
        message.includes(keyId(second)) &&
        !message.includes(first.toString("hex")) &&
        !message.includes(first.toString("base64")),
    )
    assert.equal(new Sealer([second, first]).open(sealed, here), "token")
  })

  it("takes keys of 32 bytes only", () => {
    assert.throws(() => new Sealer([]), /32 bytes/)
    assert.throws(() => new Sealer([randomBytes(16)]), /32 bytes/)
  })
})

describe("parseKeys", () => {
  it("reads base64 and hex, one a line", () => {
    assert.deepEqual(parseKeys(`# new\n${first.toString("base64")}\n\n ${second.toString("hex")} \n`), [first, second])
  })

  it("refuses a passphrase and says what to do, without repeating it", () => {
    for (const text of ["correct horse battery staple", "", first.toString("base64").slice(4), `${first.toString("hex")}\nhunter2`])
      assert.throws(
        () => parseKeys(text),
        (error: unknown) =>
          error instanceof SealError && /openssl rand -base64 32/.test(error.message) && !/horse|hunter2/.test(error.message),
      )
  })
})

describe("rotate", () => {
  it("seals everything under the current key; then the former one is not needed", async () => {
    const { store, account } = await world()
    const old = new Sealer([first])
    await store.register({ network: "sms", jid: romeo, legacyId: "bot", sealed: old.seal("token", here), now })
    const place = stateSeal("sms", "bot", "offset:1")
    await store.setState(account, "offset:1", old.seal("17", place))
    const both = new Sealer([second, first])
    await store.setState(account, "fresh", both.seal("x", stateSeal("sms", "bot", "fresh")))
    assert.deepEqual(await rotate(store, both), { total: 3, resealed: 2 })
    assert.deepEqual(await rotate(store, both), { total: 3, resealed: 0 })
    const only = new Sealer([second])
    const values = await store.sealedValues()
    assert.deepEqual(values.map(({ where, sealed }) => [where, only.open(sealed, where)]).sort(), [
      ["account:sms:bot", "token"],
      ["state:sms:bot:fresh", "x"],
      ["state:sms:bot:offset:1", "17"],
    ])
    assert.equal(only.open((await store.getState(account, "offset:1")) ?? new Uint8Array(), place), "17")
  })

  it("changes nothing if one value does not open", async () => {
    const { store, account } = await world()
    const old = new Sealer([first])
    await store.register({ network: "sms", jid: romeo, legacyId: "bot", sealed: old.seal("token", here), now })
    await store.setState(account, "k", old.seal("v", stateSeal("sms", "bot", "other")))
    await assert.rejects(rotate(store, new Sealer([second, first])), /state:sms:bot:k does not open/)
    assert.deepEqual(
      (await store.sealedValues()).map(({ sealed }) => sealedWith(sealed)),
      [keyId(first), keyId(first)],
    )
  })

  it("refuses rather than guesses when two values have one name", async () => {
    const { store, account } = await world()
    const other = await store.register({
      network: "sms",
      jid: "tybalt@capulet.example" as typeof romeo,
      legacyId: "bot:a",
      sealed: new Uint8Array([1]),
      now,
    })
    assert(other.outcome === "created")
    await store.setState(account, "a:b", new Uint8Array([1]))
    await store.setState(other.account.id, "b", new Uint8Array([2]))
    await assert.rejects(store.reseal([{ where: "state:sms:bot:a:b", sealed: new Uint8Array([3]) }]), /same name/)
  })
})
