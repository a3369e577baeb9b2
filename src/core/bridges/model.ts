// The nouns of bridges: conversations that repeat each other, each a leg, with what may be chosen of them. Plain data, stored as JSON.

/** How copies speak in a leg: as somebody each, where the network can, or as the account alone with the name before the text. */
export type Relay = "puppets" | "single"

export interface LegOptions {
  /** Default «puppets». */
  relay?: Relay
  /** What is said here goes to the others (`in`: no), and what others say comes here (`out`: no). Default «both». */
  way?: "both" | "in" | "out"
  /** Name of who speaks from elsewhere, of {name}, {network} and {room}. Default: the bridge's. */
  name?: string
}

export interface BridgeOptions {
  /** As of a leg, for all that have none of their own. Default «{name} ({network})». */
  name?: string
  /** Who comes and goes is told in the other legs. Default: no. */
  joins?: boolean
  /** What a network notes by itself (a message was pinned) is told in the other legs. Default: no. */
  notices?: boolean
  /** Who is mentioned in one leg is called in the others as well, where they are known by that nick. Default: yes. */
  mentions?: boolean
  /** Who is banned in one leg is banned in those of the same network, where the account may. Default: no. */
  bans?: boolean
  /** Names of people whose words stay where they are: «*» stands for any text, «?» for one character; capitals do not count. */
  ignoreNames?: string[]
  /** The same of texts: the whole of it has to fit. */
  ignoreTexts?: string[]
}

/** One conversation of a bridge. */
export interface Leg {
  conversation: number
  options: LegOptions
  /** Who agreed for this side: a bare JID, «foreign <legacy id>», or «configuration». */
  consentBy: string
  /** Epoch ms. */
  consentAt: number
}

export interface Bridge {
  id: number
  name: string
  options: BridgeOptions
  /** «config», or who made it: a bare JID or «foreign <legacy id>». */
  origin: string
  /** Epoch ms. */
  createdAt: number
  /** In order of conversation. */
  legs: Leg[]
}

export const defaultName = "{name} ({network})"

/** Of what is chosen: more would be a program. */
export const mostPatterns = 100
export const longestPattern = 200
export const longestTemplate = 100
/** More legs are a broadcast. */
export const mostLegs = 16
