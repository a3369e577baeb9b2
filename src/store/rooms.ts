// Not yet written.
import type { Call } from "./call.js"
import type { Store } from "../core/store.js"
export function* loadRooms(..._: Parameters<Store["loadRooms"]>): Call<Awaited<ReturnType<Store["loadRooms"]>>> {
  throw new Error("not yet")
}
export function* putRoom(..._: Parameters<Store["putRoom"]>): Call<Awaited<ReturnType<Store["putRoom"]>>> {
  throw new Error("not yet")
}
export function* moveRoom(..._: Parameters<Store["moveRoom"]>): Call<Awaited<ReturnType<Store["moveRoom"]>>> {
  throw new Error("not yet")
}
export function* removeRoom(..._: Parameters<Store["removeRoom"]>): Call<Awaited<ReturnType<Store["removeRoom"]>>> {
  throw new Error("not yet")
}
