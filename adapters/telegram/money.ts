// Prices and prizes in words.
import type { Giveaway, Invoice } from "node-telegram-bot-api"

export function stars(count: number): string {
  return count === 1 ? "1 star" : `${count} stars`
}

/** `total_amount` is in the smallest unit of the currency (Bot API, Invoice); XTR are Telegram's stars. */
export function invoice({ title, description, currency, total_amount: amount }: Invoice): string {
  return `${[title, description].filter(Boolean).join(": ")} (${currency === "XTR" ? stars(amount) : price(amount, currency)})`
}

function price(amount: number, currency: string): string {
  try {
    const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2
    return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`
  } catch {
    return currency
  }
}

export function awards(it: Giveaway): string {
  const { premium_subscription_month_count: months, prize_star_count: prize } = it
  const parts = [
    it.prize_description,
    prize === undefined ? undefined : stars(prize),
    months === undefined ? undefined : `Telegram Premium for ${months} months`,
    it.winner_count === 1 ? "1 winner" : `${it.winner_count} winners`,
    `on ${new Date(it.winners_selection_date * 1000).toISOString().slice(0, 10)}`,
  ]
  return parts.filter(Boolean).join(", ")
}
