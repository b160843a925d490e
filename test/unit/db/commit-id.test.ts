import { expect, test } from 'vitest'
import { createCommitId, toCommitId, toUuid } from '../../../src/db/commit-id.ts'

// Promise: a commit id is short, and can be shown as the UUID that it was made from.

test('toUuid returns the UUID of a commit id, and createCommitId returns 22 characters without special ones', () => {
  for (const uuid of ['00000000-0000-4000-8000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff', crypto.randomUUID()])
    expect(toUuid(toCommitId(uuid))).toBe(uuid)
  expect(createCommitId()).toMatch(/^[\w-]{22}$/)
})
