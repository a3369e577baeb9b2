// What rows of contacts say of pictures, as several concerns read it.
import type { FileRef } from "../adapter/contract.js"
import { avatarKey, type AvatarState } from "../core/faces/picture.js"

/** Of a `contact c` joined with `avatarJoin`. */
export const avatarColumns = `c.avatar, c.avatar_key AS "avatarKey", c.avatar_hash AS "avatarHash", w.mime AS "avatarMime", w.size AS "avatarSize",
  w.width AS "avatarWidth", w.height AS "avatarHeight"`
export const avatarJoin = "LEFT JOIN avatar w ON w.hash = c.avatar_hash"

export interface AvatarRow {
  avatar: string | null
  avatarKey: string | null
  avatarHash: string | null
  avatarMime: string | null
  avatarSize: number | null
  avatarWidth: number | null
  avatarHeight: number | null
}

/** Of who is no foreign person. */
export const noAvatar: AvatarRow = {
  avatar: null,
  avatarKey: null,
  avatarHash: null,
  avatarMime: null,
  avatarSize: null,
  avatarWidth: null,
  avatarHeight: null,
}

/** A row without the columns of `avatarColumns`, and what they say. */
export function takeAvatar<R extends AvatarRow>(row: R): [Omit<R, keyof AvatarRow>, AvatarState | undefined] {
  const { avatar, avatarKey: key, avatarHash: hash, avatarMime: mime, avatarSize: bytes, avatarWidth, avatarHeight, ...rest } = row
  if (avatar === null) return [rest, undefined]
  const told = keyIn(avatar)
  const shown =
    hash !== null && mime !== null && bytes !== null ? { hash, mime, bytes, ...dimensions(avatarWidth, avatarHeight) } : undefined
  return [rest, { key: told, ...(shown && { shown }), ...(told !== (key ?? "") && { due: true as const }) }]
}

export function dimensions(width: number | null, height: number | null): { width: number; height: number } | undefined {
  return width === null || height === null ? undefined : { width, height }
}

export function fileIn(avatar: string): FileRef | null {
  return JSON.parse(avatar) as FileRef | null
}

export function keyIn(avatar: string): string {
  return avatarKey(fileIn(avatar))
}

/** Whether what is told of a picture differs from what was told last. `known`: as it is stored. */
export function isNewAvatar(told: FileRef | null | undefined, known: string | null | undefined): boolean {
  return told !== undefined && (known === null || known === undefined || keyIn(known) !== avatarKey(told))
}
