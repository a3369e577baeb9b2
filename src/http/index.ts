// What the gateway serves over HTTP.
export { startHttp, type HttpServer } from "./server.js"
