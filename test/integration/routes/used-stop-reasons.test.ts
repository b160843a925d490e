import { beforeAll, describe, expect, test } from 'vitest'
import { annotate, REASON, REASONS } from '../../support/annotations.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a stop reason that an annotation uses can neither vanish nor change its category.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })
})

const newFactory = async () => (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
const errorsOf = async (response: Response) =>
  ((await problemOf(response, 422)) as { errors: { pointer: string; detail: string }[] }).errors

describe('a reason that an annotation uses', () => {
  test('a used reason cannot vanish, but it can be retired', async () => {
    const path = await annotate(harness, await newFactory(), 100, 200, { reason: 'setup' })
    const without = REASONS.filter(({ code }) => code !== 'setup')
    expect((await problemOf(await harness.engineer.put('/api/stop-reasons', { reasons: without }), 409)).detail).toBe(
      'Annotations use the reason setup. Send it with "retired": true instead of omitting it, or add another reason instead of changing its category.',
    )
    const retired = REASONS.map((reason) => ({ ...reason, retired: reason.code !== 'jam' }))
    expect((await harness.engineer.put('/api/stop-reasons', { reasons: retired })).status).toBe(200)
    expect((await harness.operator.patch(path, { reason: 'setup', to: 210 })).status).toBe(200)
    expect((await harness.operator.patch(path, { reason: 'jam' })).status).toBe(200)
    expect((await errorsOf(await harness.operator.patch(path, { reason: 'setup' })))[0]!.pointer).toBe('#/reason')
    await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })
  })

  test('a used reason keeps its category, and may get another name', async () => {
    await annotate(harness, await newFactory(), 100, 200, { reason: 'setup' })
    const changed = (change: object) => REASONS.map((reason) => (reason.code === 'setup' ? { ...reason, ...change } : reason))
    await problemOf(await harness.engineer.put('/api/stop-reasons', { reasons: changed({ category: 'no-demand' }) }), 409)
    expect((await harness.engineer.put('/api/stop-reasons', { reasons: changed({ name: 'Set-up' }) })).status).toBe(200)
  })

  test('a reason that no annotation uses any more can vanish', async () => {
    const factory = await newFactory()
    await harness.engineer.put('/api/stop-reasons', { reasons: [...REASONS, { ...REASON, code: 'rare' }] })
    await annotate(harness, factory, 100, 200, { reason: 'rare' })
    const deleted = await annotate(harness, factory, 300, 400, { reason: 'rare' })
    await harness.operator.delete(deleted)
    await problemOf(await harness.engineer.put('/api/stop-reasons', { reasons: REASONS }), 409)
    await harness.engineer.delete(factory)
    expect((await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })).status).toBe(200)
  })
})
