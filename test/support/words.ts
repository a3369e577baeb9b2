// Texts that break what is careless with characters, from a seed.

/** A small seeded generator (mulberry32): numbers from 0 to below 1. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const words = [
  "你好,世界", // CJK, three bytes a character
  "𠮷野家", // a character beyond the BMP
  "👨‍👩‍👧‍👦", // a family of four people and three joiners
  "👩🏽‍🚀", // skin tone and joiner
  "🏴󠁧󠁢󠁳󠁣󠁴󠁿", // a flag of tag characters
  "é vs e\u0301", // composed and decomposed: both must stay what they are
  "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞a͂͑l̈́g̐o", // a stack of combining characters
  "שלום עולם", // right to left
  "नमस्ते",
  "<b>&amp;</b> ]]> \"'",
  "two\nlines\tand a tab",
  "plain words that say nothing much and only make the message longer, as people do",
]

/** From one to four of them. */
export function babble(next: () => number): string {
  return Array.from({ length: 1 + Math.floor(next() * 4) }, () => words[Math.floor(next() * words.length)]).join(" ")
}
