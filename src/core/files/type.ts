// Pure: what a file's name says of it, where nobody said more: so that what clients showed by its address alone is looked at, not put away.

const byEnding: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  mp4: "video/mp4",
  m4v: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  pdf: "application/pdf",
}

/** A media type; undefined: its ending does not tell. */
export function typeByName(name: string): string | undefined {
  const ending = /\.(\w{1,8})$/.exec(name)?.[1]?.toLowerCase()
  return ending !== undefined && Object.hasOwn(byEnding, ending) ? byEnding[ending] : undefined
}
