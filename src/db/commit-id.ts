import { toBase64Url, toHex } from '../runtime/hash.ts'

/** Returns the commit id that has the bytes of a UUID. An audit entry contains its commit id twice, so the text is 22 characters long. */
export const toCommitId = (uuid: string): string => {
  const hex = uuid.replaceAll('-', '')
  const bytes = new Uint8Array(hex.length / 2)
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16)
  return toBase64Url(bytes)
}

/** Returns the UUID that has the bytes of a commit id. */
export const toUuid = (commitId: string): string => {
  const bytes = atob(commitId.replaceAll('-', '+').replaceAll('_', '/'))
  const hex = toHex(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Returns a new commit id. */
export const createCommitId = (): string => toCommitId(crypto.randomUUID())
