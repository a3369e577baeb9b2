// Not yet written.
import type { Call } from "./call.js"
import type { Store } from "../core/store.js"
export function* participants(..._: Parameters<Store["participants"]>): Call<Awaited<ReturnType<Store["participants"]>>> {
  throw new Error("not yet")
}
export function* participant(..._: Parameters<Store["participant"]>): Call<Awaited<ReturnType<Store["participant"]>>> {
  throw new Error("not yet")
}
export function* meetParticipant(..._: Parameters<Store["meetParticipant"]>): Call<Awaited<ReturnType<Store["meetParticipant"]>>> {
  throw new Error("not yet")
}
export function* takeNick(..._: Parameters<Store["takeNick"]>): Call<Awaited<ReturnType<Store["takeNick"]>>> {
  throw new Error("not yet")
}
export function* renameContact(..._: Parameters<Store["renameContact"]>): Call<Awaited<ReturnType<Store["renameContact"]>>> {
  throw new Error("not yet")
}
