// Sizes of files in words for people.

/** `19.9 MB`: decimal units, as file managers count. */
export function readableSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  const units = ["kB", "MB", "GB", "TB"]
  let value = bytes
  let unit = -1
  do {
    value /= 1000
    unit++
    // 999.95 would be written as 1000.
  } while (value >= 999.95 && unit < units.length - 1)
  return `${value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${units[unit]}`
}
