// A picture of somebody, small enough to be shown beside a name.

/** Told by what it begins with, never by what somebody calls it. */
export interface Picture {
  readonly mime: "image/png" | "image/jpeg"
  readonly bytes: Uint8Array
}

/** Undefined: not a picture that is shown everywhere. */
export function imageType(bytes: Uint8Array): Picture["mime"] | undefined {
  const head = Buffer.from(bytes.subarray(0, 8)).toString("hex")
  if (head === "89504e470d0a1a0a") return "image/png"
  return head.startsWith("ffd8ff") ? "image/jpeg" : undefined
}
