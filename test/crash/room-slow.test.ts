// Crashes in a room on a slow network.
import { everyRoomEffect } from "./every-room-effect.js"

everyRoomEffect("a room on a slow network", "slow", "loopback", false)
