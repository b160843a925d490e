import { toBase64Url, toHex } from '../runtime/hash.ts'

/** Returns the commit id that has the bytes of a UUID. An audit entry contains its commit id twice, so the text is 22 characters long. */
export const toCommitId = (uuid: string): string =>
  toBase64Url(Uint8Array.from(uuid.replaceAll('-', '').match(/../g) ?? [], (hex) => Number.parseInt(hex, 16)))

/** Returns the UUID that has the bytes of a commit id. */
export const toUuid = (commitId: string): string =>
  toHex(Uint8Array.from(atob(commitId.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))).replace(
    /^(.{8})(.{4})(.{4})(.{4})/,
    '$1-$2-$3-$4-',
  )

/** Returns a new commit id. */
export const createCommitId = (): string => toCommitId(crypto.randomUUID())
