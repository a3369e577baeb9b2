// Not yet written.
import type { Call } from "./call.js"
import type { Store } from "../core/store.js"
export function* archivePage(..._: Parameters<Store["archivePage"]>): Call<Awaited<ReturnType<Store["archivePage"]>>> {
  throw new Error("not yet")
}
export function* archiveEdges(..._: Parameters<Store["archiveEdges"]>): Call<Awaited<ReturnType<Store["archiveEdges"]>>> {
  throw new Error("not yet")
}
export function* pruneArchive(..._: Parameters<Store["pruneArchive"]>): Call<Awaited<ReturnType<Store["pruneArchive"]>>> {
  throw new Error("not yet")
}
