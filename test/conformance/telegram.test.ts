// The Telegram adapter keeps to the contract, against the fake Bot API.
import adapter from "xferry-adapter-telegram"
import { conformance } from "xferry/conformance"
import { TelegramFake } from "../fakes/telegram/conformance.js"

conformance(adapter, () => new TelegramFake())
