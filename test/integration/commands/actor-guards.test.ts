import { beforeAll, expect, test } from 'vitest'
import { commit } from '../../../src/commands/commit.ts'
import { createSprocket } from '../../../src/commands/sprockets.ts'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: a key writes until its end, to the millisecond, also if its identity is cached.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const write = async (expires_at: number) => {
  const pk = await addKey(1, `ends ${expires_at}`, 'engineer', { expires_at })
  const actor = { organisationPk: 1, key: { pk, role: 'engineer' as const }, requestId: 'x', userAgent: null, country: null }
  const mutation = createSprocket(actor, { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 })
  return commit(harness.isolate, () => {}, actor, mutation)
}

test('commit rejects a write with a key that ends at this millisecond, and applies one with a key that ends at the next', async () => {
  const now = harness.clock.now()
  await expect(write(now)).rejects.toMatchObject({ code: 'unauthenticated' })
  expect(await write(now + 1)).toMatchObject({ outcome: 'applied' })
})
