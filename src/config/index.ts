// The config file: its shape, its faults, its secrets.
export { isAllowed, parentDomain } from "./address.js"
export type { AccountConfig, BridgesConfig, Config, NetworkConfig, Server } from "./config.js"
export { ConfigError, type Issue, type Path } from "./issue.js"
export { loadConfig } from "./load.js"
export { optionDocs, type OptionDoc } from "./schema.js"
export { Secret } from "./secret.js"
