import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { targetOf } from '../../invariants/targets.ts'
import { REASON } from '../../support/annotations.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: a write that changes nothing writes no row: no data, no audit entry, no invalidation. Rows that D1 writes are billed.

let harness: Harness
const counter = countBindings(env)
beforeAll(async () => {
  const created = await createHarness()
  harness = created.elsewhere(newIsolate(created.clock, counter.env))
})

const SHIFT = { name: 'Early', days: ['mon'], start: '06:00', end: '14:00' }
const READINGS = { readings: [60, 90_000].map((time) => ({ time, actual: 2, goal: 3 })) }
const WRITES: [route: string, body: unknown, isEmpty?: 'empty'][] = [
  ['PATCH /api/factory/{id}', { name: 'x', time_zone: 'Europe/Berlin', stop_after_seconds: 600 }],
  ['PATCH /api/factory/{id}', {}, 'empty'],
  ['PUT /api/factory/{id}/schedule', { versions: [{ valid_from: '1970-01-01', shifts: [SHIFT] }], exceptions: [] }],
  ['POST /api/factory/{id}/chart-data', READINGS],
  ['PUT /api/factory/{id}/chart-data', READINGS],
  ['PUT /api/factory/{id}/chart-data/{time}', { actual: 2 }],
  ['POST /api/readings', { readings: [0, 2].flatMap((factory) => READINGS.readings.map((reading) => ({ factory, ...reading }))) }],
  ['PATCH /api/key/{id}', { name: 'x', role: 'operator', factories: [1], expires_at: '2098-01-01T00:00:00Z' }],
  ['PATCH /api/key/{id}', {}, 'empty'],
  ['PATCH /api/organisation', { name: 'x' }],
  ['PATCH /api/organisation', {}, 'empty'],
  ['PUT /api/stop-reasons', { reasons: [REASON] }],
  ['PATCH /api/stop-annotation/{id}', { from: 61, to: 119, reason: REASON.code, note: 'x', manual: true }],
  ['PATCH /api/stop-annotation/{id}', {}, 'empty'],
  ['PUT /api/sprocket/{id}', { teeth: 6, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }],
  ['PATCH /api/sprocket/{id}', { teeth: 6, pitch: 7 }],
  ['PATCH /api/sprocket/{id}', {}, 'empty'],
]

test.each(WRITES)('%s with the body %j writes no row when it is sent again', async (route, body, isEmpty) => {
  const [method = '', template = ''] = route.split(' ')
  const path = await targetOf(harness, template)
  const write = async () => {
    await harness.drain()
    counter.take()
    const response = await harness.admin.send(method, path, {
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' },
    })
    await harness.drain()
    return { status: response.status, rows: counter.take().rowsWritten, state: await response.text() }
  }
  const first = await write()
  expect(first.status).toBeLessThan(300)
  if (!isEmpty) expect(first.rows).toBeGreaterThan(0)
  const again = await write()
  expect([again.status, again.rows]).toEqual([200, 0])
  if (!/readings|chart-data$/.test(route)) expect(again.state).toBe(first.state)
})

test('DELETE of a revoked key writes no row and keeps the time of the revocation', async () => {
  const path = await targetOf(harness, '/api/key/{id}')
  const read = async () => (await harness.admin.get(path)).text()
  expect((await harness.admin.delete(path)).status).toBe(204)
  const revoked = await read()
  harness.clock.advance(1_000)
  await harness.drain()
  counter.take()
  expect([(await harness.admin.delete(path)).status, counter.take().rowsWritten, await read()]).toEqual([204, 0, revoked])
})
