// Not yet written.
import type { Call } from "./call.js"
import type { Store } from "../core/store.js"
export function* loadOccupants(..._: Parameters<Store["loadOccupants"]>): Call<Awaited<ReturnType<Store["loadOccupants"]>>> {
  throw new Error("not yet")
}
export function* putOccupant(..._: Parameters<Store["putOccupant"]>): Call<Awaited<ReturnType<Store["putOccupant"]>>> {
  throw new Error("not yet")
}
export function* dropOccupants(..._: Parameters<Store["dropOccupants"]>): Call<Awaited<ReturnType<Store["dropOccupants"]>>> {
  throw new Error("not yet")
}
