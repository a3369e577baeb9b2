// What the gateway serves over HTTP.
export { Signer } from "./signature.js"
export { HttpError, startHttp, type HttpServer } from "./server.js"
