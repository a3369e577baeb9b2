// The public face: what an adapter author imports from "xferry".
export type * from "./adapter/contract.js"
export { defineAdapter } from "./adapter/define.js"
export { AdapterError, type Blocks, type ErrorKind } from "./adapter/errors.js"
