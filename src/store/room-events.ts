// Not yet written.
import type { Call } from "./call.js"
import type { Store } from "../core/store.js"
export function* acceptRoomEvent(..._: Parameters<Store["acceptRoomEvent"]>): Call<Awaited<ReturnType<Store["acceptRoomEvent"]>>> {
  throw new Error("not yet")
}
export function* reflect(..._: Parameters<Store["reflect"]>): Call<Awaited<ReturnType<Store["reflect"]>>> {
  throw new Error("not yet")
}
export function* roomMessage(..._: Parameters<Store["roomMessage"]>): Call<Awaited<ReturnType<Store["roomMessage"]>>> {
  throw new Error("not yet")
}
