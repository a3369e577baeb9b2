// The store's face: open it, migrate it, seal what goes into it.
export { StoreError, type StoreErrorKind } from "./errors.js"
export { migrate, schemaStatus, type SchemaStatus } from "./migrate.js"
export { accountSeal, keyId, parseKeys, rotate, sealedWith, Sealer, SealError, stateSeal } from "./seal.js"
export { openStore, type StoreOptions } from "./sqlite.js"
export type * from "../core/store.js"
