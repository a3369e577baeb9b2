// What the gateway serves over HTTP.
export { HttpError, startHttp, type HttpServer } from "./server.js"
