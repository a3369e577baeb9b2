// Characters that may stand in a nick everywhere: what Resourceprep (RFC 3920 appendix B) and PRECIS OpaqueString (RFC 8265 §4.2) both allow.

/**
 * Assigned in Unicode 3.2 (RFC 3454 table A.1: clients refuse younger ones), in no prohibited table (C.1.2 to C.9), not mapped to nothing
 * (B.1), unchanged by NFKC, a letter, mark, number, punctuation, symbol or the ASCII space, no conjoining jamo (RFC 8264 §9.9), none that
 * needs a context (RFC 5892 appendix A) but U+30FB, none of the exceptions (RFC 8264 §9.6). Ranges in base 36: distance from the end of the one before, «-», length less one.
 */
const ranges =
  "w-2m z-6 2 2-1 2 2-1 5 5 4-36 3-a 3-7 2-1g 2-1v a-z 4-18 2-h t-2l c-u 7-1 6-9 i-1r 3 3-9 i-f n 2-2 2 2-j 2-17 9-o 4 3 a-3q " +
  "2-1y 2-11 3-1 7-f y-11 3-6 2-11 3-1 7-g 2-m 2-9 c-q 6-2 q f 4 2-p 7-k b-k 5-2r 2-f 3-e 2-d 3-s 4-q 1i-1d 9c-2 2-1g 3-h 3-4 c-g " +
  "h-2 2-7 3-1 3-l 2-6 2 4-3 3 2-6 3-1 3-2 a 9-3 3-k 8 3-5 5-1 3-l 2-6 2 3 3-1 3 2-4 5-1 3-2 f a-e d-2 2-6 2 2-2 2-l 2-6 2-1 2-4 " +
  "3-9 2-2 2-2 3 g 6-9 i-2 2-7 3-1 3-l 2-6 2-1 3-3 3-7 4-1 3-2 9-1 8-2 5-a i-1 2-5 4-2 2-3 4-1 2 2-1 4-1 4-2 4-7 2-2 5-4 4-2 2-3 " +
  "a g-b f-2 2-7 2-2 2-m 2-9 2-4 5-6 2-2 2-3 8-1 a-1 5-9 j-1 2-7 2-2 2-m 2-9 2-4 5-6 2-2 2-3 8-1 8 2-1 5-9 j-1 2-7 2-2 2-m 2-f " +
  "5-5 3-2 2-3 a 9-1 5-9 j-1 2-h 4-n 2-8 2 3-6 4 5-5 2 2-7 j-2 d-1d 2-6 5-s 12-1 2 3-1 2 3 7-3 2-6 2-2 2 2 3-1 2-5 2-5 2-2 3-4 2 " +
  "2-5 3-9 13-b 2-1h 2-3 2-3 2-3 2-3 2-3 2-b 2 7-1 2 6-6 2-9 5-2 2-3 2-3 2-3 2-3 2-3 2-b 2-2 2-e 3 1d-x 2-4 2-1 2-6 4-3 7-p 1z-11 " +
  "b-14 3 79-6 2-1q 2 2-3 3-6 2 2-3 3-12 2 2-3 3-u 2 2-3 3-6 2 2-3 3-6 2-6 2-m 2-u 2 2-3 3-6 2-12 2-i 7-r 10-2c d-hh b-r 4-28 g-c " +
  "2-6 c-m a-j d-c 2-2 2-1 d-1f 3-12 4-9 n-5 2-3 6-9 7-2f 9-15 11z-49 7-2h 7-l 3-5 3-11 3-5 3-7 2 2 2 2-h 2 2 2 2 2 2 4-1g 2-4 2 " +
  "6-2 2-2 2 2 4-2 4-4 6-2 2-6 2 6-2 2-2 2 2 k 2-4 2-b 4 9-2 3 3-3 2 2-7 4-8 26-7 2-8 v-q q 4 c 3-1 6-1 4 2 2 2 5 4 8 7-3 6-1 " +
  "1h-3 d-4b 3 3-6v 3-4j 1e-12 q-a 4h-j 2-7n 3-1 2-2s 3-9 3c-3 2-3 3-r 2-y 2 2-3 4 2-6 3-1f 4-n 2-d i-r 5-ez 2-2u 4-2s 2-y ox-p " +
  "2-3 2-2a 7j-18 3 7 5-3 2-2d 3-1 3-1 2-2m 7-13 2s-1 f-n 1l-f 3k ap-52t 23-g4l 2j-wc 4-1i 1fe-8mb 6sr-1 2 2-1 b 2 2-1 3-2 6t " +
  "f4-1 69-3 y-1 xm-u 2-3 d-q 52-11 3-11 148j-6t b-12 4-1f 8-d 9-1r 7-s 943-wye"

const starts: number[] = []
const ends: number[] = []
for (const range of ranges.split(" ")) {
  const [gap = "", more = "0"] = range.split("-")
  starts.push((ends.at(-1) ?? 0) + Number.parseInt(gap, 36))
  ends.push((starts.at(-1) ?? 0) + Number.parseInt(more, 36))
}

/** Whether this code point may stand in a nick, all by itself. */
export function isAllowed(point: number): boolean {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= point) low = middle + 1
    else high = middle
  }
  return point <= (ends[low - 1] ?? -1)
}
