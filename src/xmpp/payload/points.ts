// Places in a text: XMPP counts code points (XEP-0426), we count UTF-16 units.

const pair = /[\ud800-\udbff][\udc00-\udfff]/g

/** Units before which the second halves of pairs stand. */
function pairsIn(text: string): number[] {
  return /[\ud800-\udbff]/.test(text) ? [...text.matchAll(pair)].map(({ index }) => index + 1) : []
}

/** How many of them, which ascend, are less than `value(i)` allows. */
function count(pairs: readonly number[], isBefore: (place: number, index: number) => boolean): number {
  let low = 0
  let high = pairs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(pairs[middle] ?? 0, middle)) low = middle + 1
    else high = middle
  }
  return low
}

/** Code points before a unit. */
export function toPoints(text: string): (unit: number) => number {
  const pairs = pairsIn(text)
  return (unit) => unit - count(pairs, (place) => place < unit)
}

/** The unit at a code point; undefined: beyond the end. */
export function toUnits(text: string): (point: number) => number | undefined {
  const pairs = pairsIn(text)
  return (point) => {
    const unit = point + count(pairs, (place, index) => place - index <= point)
    return unit <= text.length ? unit : undefined
  }
}

/** Attributes of a stanza that name a place. Undefined: no such thing. */
export function range(start: string | undefined, end: string | undefined): { start: number; end: number } | undefined {
  const [from, to] = [start, end].map((digits) => (digits !== undefined && /^\d{1,9}$/.test(digits) ? Number(digits) : -1))
  return from !== undefined && to !== undefined && from >= 0 && to > from ? { start: from, end: to } : undefined
}
