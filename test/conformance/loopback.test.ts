// The loopback adapter keeps to the contract: with its network in this process, and in one of its own.
import adapter, { getNetwork, listen } from "xferry-adapter-loopback"
import albums from "xferry-adapter-loopback/albums"
import plain from "xferry-adapter-loopback/plain"
import { conformance } from "xferry/conformance"
import { LoopbackFake, type Ground } from "../fakes/loopback.js"
import { startLoopback } from "../support/loopback-process.js"

async function inThisProcess(network: string): Promise<Ground> {
  const { address, close } = await listen(getNetwork(network), "127.0.0.1:0")
  return { address, options: { network }, stop: close }
}

async function inAnother(): Promise<Ground> {
  const { address, stop } = await startLoopback()
  return { address, options: { connect: address }, stop }
}

conformance(adapter, () => new LoopbackFake(() => inThisProcess("conformance")), { name: "Loopback in this process" })
conformance(adapter, () => new LoopbackFake(inAnother), { name: "Loopback as a process" })
conformance(plain, () => new LoopbackFake(() => inThisProcess("plain")), { name: "Loopback without keys" })
conformance(albums, () => new LoopbackFake(() => inThisProcess("albums")), { name: "Loopback with albums" })
