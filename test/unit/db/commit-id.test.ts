import { expect, test } from 'vitest'
import { createCommitId, toCommitId, toUuid } from '../../../src/db/commit-id.ts'

// Promise: a commit id is short, and can be shown as the UUID that it was made from.

test('toUuid returns the UUID of a commit id, and createCommitId returns 22 characters without special ones', () => {
  for (const uuid of ['00000000-0000-4000-8000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff', crypto.randomUUID()])
    expect(toUuid(toCommitId(uuid))).toBe(uuid)
  expect(createCommitId()).toMatch(/^[\w-]{22}$/)
})

test('toCommitId and toUuid keep each byte in its place', () => {
  const [uuid, commitId] = ['00010203-0405-4607-8809-0afbfcfdfeff', 'AAECAwQFRgeICQr7_P3-_w']
  expect([toCommitId(uuid), toUuid(commitId)]).toEqual([commitId, uuid])
})
