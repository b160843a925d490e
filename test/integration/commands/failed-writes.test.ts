import { beforeAll, expect, test } from 'vitest'
import { REASON } from '../../support/annotations.ts'
import { batchesThrough } from '../../support/fault-injection.ts'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { everythingStored } from '../../support/snapshot.ts'

// Promise: a failed write, and a write without a change, leave no trace in D1 or KV.

let harness: Harness
/** Number of rows that batches have written. */
let rowsWritten = 0
const counting = batchesThrough(async (run) => {
  const results = await run()
  for (const { meta } of results) rowsWritten += meta.rows_written
  return results
})

beforeAll(async () => {
  harness = await createHarness({ DB: counting })
  await harness.engineer.put('/api/stop-reasons', { reasons: [REASON] })
  await harness.operator.post('/api/factory/1/stop-annotations', { from: 100, to: 200, reason: REASON.code })
  await addKey(1, 'limited', 'engineer', { factories: '[0]' })
  await harness.engineer.post('/api/factories', {})
  await harness.engineer.post('/api/factories', { chart_data: { time: [0, 86_400, 172_800], sprocket_production_actual: [1, 1, 1] } })
  await addKey(1, 'revoked', 'viewer', { revoked_at: 1 })
  // The first use of a key is recorded.
  await harness.admin.get('/api/keys')
  for (const path of ['/api/factories', '/api/factory/1', '/api/factory/1/chart-data', '/api/sprockets', '/api/sprocket/1'])
    await harness.viewer.get(path)
  await harness.drain()
})

const chart = '/api/factory/1/chart-data'
const valid = { time: 60, actual: 1 }
const sprocket = { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const stale = { 'If-Match': '"of-another-state"' }

const failing: [name: string, status: number, write: () => Promise<Response>][] = [
  ['a viewer that posts readings', 403, () => harness.viewer.post(chart, valid)],
  ['a client without a key that posts readings', 401, () => harness.anonymous.post(chart, valid)],
  ['an operator that replaces a series', 403, () => harness.operator.put(chart, { readings: [] })],
  ['a key of another organisation', 404, () => harness.otherOrganisation.post(chart, valid)],
  ['a limited key out of its scope', 404, () => harness.as('limited').delete('/api/factory/1')],
  ['one invalid reading among valid ones', 422, () => harness.operator.post(chart, { readings: [valid, { time: 61, actual: -1 }] })],
  [
    'one unknown factory among known ones',
    422,
    () =>
      harness.operator.post('/api/readings', {
        readings: [
          { factory: 1, ...valid },
          { factory: 9, ...valid },
        ],
      }),
  ],
  ['one invalid reading of a replacement', 422, () => harness.engineer.put(chart, { readings: [valid, { time: 'x' }] })],
  [
    'one invalid figure of a new factory',
    422,
    () => harness.engineer.post('/api/factories', { chart_data: { time: [1], sprocket_production_goal: [-1] } }),
  ],
  [
    'a truncated body',
    400,
    () => harness.operator.send('POST', chart, { body: '{"readings":[', headers: { 'Content-Type': 'application/json' } }),
  ],
  ['readings for an absent factory', 404, () => harness.operator.post('/api/factory/9/chart-data', valid)],
  ['a replacement for an absent factory', 404, () => harness.engineer.put('/api/factory/9/chart-data', { readings: [valid] })],
  ['a correction for an absent factory', 404, () => harness.operator.put('/api/factory/9/chart-data/60', { actual: 1 })],
  ['removing an absent reading', 404, () => harness.operator.delete(`${chart}/60`)],
  ['removing a reading of an absent factory', 404, () => harness.operator.delete('/api/factory/9/chart-data/60')],
  ['deleting an absent factory', 404, () => harness.engineer.delete('/api/factory/9')],
  ['renaming an absent factory', 404, () => harness.engineer.patch('/api/factory/9', { name: 'x' })],
  ['putting an absent sprocket', 404, () => harness.engineer.put('/api/sprocket/9', sprocket)],
  ['deleting an absent sprocket', 404, () => harness.engineer.delete('/api/sprocket/9')],
  ['an unknown time zone', 422, () => harness.engineer.patch('/api/factory/1', { name: 'x', time_zone: 'Mars/Olympus' })],
  ['a stale tag: patch', 412, () => harness.engineer.patch('/api/factory/1', { name: 'x' }, stale)],
  ['a stale tag: delete', 412, () => harness.engineer.delete('/api/factory/1', stale)],
  ['a stale tag: replace', 412, () => harness.engineer.put(chart, { readings: [valid] }, stale)],
  ['a stale tag: correct', 412, () => harness.operator.put(`${chart}/1611204818`, { actual: 1 }, stale)],
  ['a stale tag: remove', 412, () => harness.operator.delete(`${chart}/1611204818`, stale)],
  ['a stale tag: sprocket', 412, () => harness.engineer.put('/api/sprocket/1', { ...sprocket, teeth: 9 }, stale)],
]

test.each(failing)('a failed write (%s, %i) changes nothing in D1 and KV', async (_, status, write) => {
  const before = await everythingStored()
  expect((await write()).status).toBe(status)
  await harness.drain()
  expect(await everythingStored()).toBe(before)
})

const idle: [name: string, write: () => Promise<Response>][] = [
  ['no readings', () => harness.operator.post(chart, { readings: [] })],
  [
    'readings sent again',
    () =>
      harness.operator.post(chart, {
        readings: [
          { time: 1611204818, actual: 32 },
          { time: 1611204878, goal: 33 },
        ],
      }),
  ],
  ['no readings for a factory without any', () => harness.engineer.put('/api/factory/3/chart-data', { readings: [] })],
  ['a correction to the same figures', () => harness.operator.put(`${chart}/1611204818`, { actual: 32, goal: 31 })],
  ['an empty patch', () => harness.engineer.patch('/api/factory/1', {})],
  ['a patch to the same values', () => harness.engineer.patch('/api/factory/1', { name: null, time_zone: 'UTC' })],
  ['a sprocket replaced by the same values', () => harness.engineer.put('/api/sprocket/1', sprocket)],
  ['a key patched to the same name', () => harness.admin.patch('/api/key/0', { name: 'viewer' })],
  ['a key revoked again', () => harness.admin.delete('/api/key/5')],
  ['an organisation patched to the same name', () => harness.admin.patch('/api/organisation', { name: 'demo' })],
  ['the same schedule', () => harness.engineer.put('/api/factory/1/schedule', { versions: [], exceptions: [] })],
  ['the same stop reasons', () => harness.engineer.put('/api/stop-reasons', { reasons: [REASON] })],
  ['a stop annotation patched to the same end', () => harness.operator.patch('/api/stop-annotation/0', { to: 200 })],
  ['an empty list of readings', () => harness.operator.post('/api/readings', { readings: [] })],
]

test.each(idle)('a write without a change (%s) succeeds and changes nothing in D1 and KV', async (_, write) => {
  const before = await everythingStored()
  rowsWritten = 0
  expect((await write()).ok).toBe(true)
  await harness.drain()
  expect([await everythingStored(), rowsWritten]).toEqual([before, 0])
})

test.each([chart, '/api/factory/4/chart-data'])('PUT of %s with the same readings changes nothing in D1 and KV', async (path) => {
  const same = await (await harness.viewer.get(path)).json()
  await harness.drain()
  const before = await everythingStored()
  rowsWritten = 0
  const response = await harness.engineer.put(path, same)
  await harness.drain()
  expect(await response.json()).toEqual(same)
  expect([await everythingStored(), rowsWritten]).toEqual([before, 0])
})
