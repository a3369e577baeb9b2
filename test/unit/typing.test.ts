// «Is typing» is repeated while it lasts, and ends by itself.
import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { Typing } from "#src/core/typing.js"

test("told once where it lasts until it is taken back", () => {
  mock.timers.enable({ apis: ["setInterval"] })
  try {
    const typing = new Typing(undefined)
    let told = 0
    typing.start("a", () => told++)
    mock.timers.tick(120_000)
    assert.equal(told, 1)
    assert.equal(typing.stop("a"), false)
  } finally {
    mock.timers.reset()
  }
})

test("repeated before the network forgets it, until it is stopped, for a minute at most", () => {
  mock.timers.enable({ apis: ["setInterval"] })
  try {
    const typing = new Typing(5)
    let told = 0
    typing.start("a", () => told++)
    mock.timers.tick(9000)
    assert.equal(told, 3)
    assert.equal(typing.stop("a"), true)
    mock.timers.tick(9000)
    assert.equal(told, 3)
    typing.start("b", () => told++)
    mock.timers.tick(600_000)
    assert.equal(told, 3 + 1 + 13)
    assert.equal(typing.stop("b"), false)
  } finally {
    mock.timers.reset()
  }
})
