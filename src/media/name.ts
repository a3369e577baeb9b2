// Names of files, as strangers give them, made fit to be shown, sent and written into an address.

const mostLength = 120

/** No path, no control or direction characters, not too long; the ending stays. Never empty. */
export function cleanName(name: string | undefined, fallback: string): string {
  const last = (name ?? "").split(/[/\\]/).at(-1) ?? ""
  // Marks of direction make «gpj.exe» out of «exe.jpg».
  const clean = last
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu, "")
    .trim()
    .replace(/^\.+/, "")
  if (clean === "") return fallback
  if (clean.length <= mostLength) return clean
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? ""
  return clean.slice(0, mostLength - ending.length).replace(/\p{Cs}/gu, "") + ending
}

/** With an ending, where the content tells one and the name has none: clients go by it. */
export function withEnding(name: string, extension: string | undefined): string {
  return extension === undefined || /\.[A-Za-z0-9]{1,10}$/.test(name) ? name : `${name}.${extension}`
}

/** Of the last part of an address. */
export function nameInUrl(url: string): string | undefined {
  const path = new URL(url.replace(/^aesgcm:/i, "https:")).pathname
  const last = path.split("/").at(-1) ?? ""
  try {
    return decodeURIComponent(last) || undefined
  } catch {
    return last || undefined
  }
}

/** RFC 6266: `filename*` before `filename`. */
export function nameInDisposition(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 2000) return undefined
  const [, encoded] = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(text) ?? []
  if (encoded !== undefined)
    try {
      return decodeURIComponent(encoded)
    } catch {
      // Then the other one.
    }
  const [, quoted, plain] = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(text) ?? []
  return quoted?.replace(/\\(.)/g, "$1") ?? plain
}
