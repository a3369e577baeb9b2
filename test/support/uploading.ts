// As clients share files: put at the server's upload service (XEP-0363).
import assert from "node:assert/strict"
import type { TestClient } from "./client.js"

/** Gives its address. `service`: the JID of the upload service. */
export async function upload(client: TestClient, service: string, name: string, bytes: Uint8Array, mime: string): Promise<string> {
  const request = `<request xmlns='urn:xmpp:http:upload:0' filename='${name}' size='${bytes.length}' content-type='${mime}'/>`
  const answer = await client.iq("get", service, request)
  const slot = answer.getChild("slot")
  const [put, get] = ["put", "get"].map((child) => slot?.getChild(child)?.attrs["url"])
  assert.ok(put !== undefined && get !== undefined, answer.toString())
  const headers = (slot?.getChild("put")?.getChildren("header") ?? []).map((el): [string, string] => [el.attrs["name"] ?? "", el.text()])
  const response = await fetch(put, {
    method: "PUT",
    body: Buffer.from(bytes),
    headers: { "content-type": mime, ...Object.fromEntries(headers) },
  })
  assert.equal(response.status, 201, await response.text())
  return get
}
