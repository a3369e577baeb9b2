// What people see as one character (UAX #29).

let segmenter: Intl.Segmenter | undefined

/** Made when it is first needed: that takes some 30 ms, which a start need not wait for. */
export function graphemes(text: string): Intl.Segments {
  return (segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })).segment(text)
}
