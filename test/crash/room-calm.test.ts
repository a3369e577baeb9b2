// Crashes in a room.
import { everyRoomEffect } from "./every-room-effect.js"

everyRoomEffect("a room", "calm", "loopback", false)
