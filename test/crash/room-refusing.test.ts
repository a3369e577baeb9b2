// Crashes in a room on a network that refuses late.
import { everyRoomEffect } from "./every-room-effect.js"

everyRoomEffect("a room on a network that refuses late", "refusing", "loopback", false)
