import { beforeAll, expect, test } from 'vitest'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { everythingStored } from '../../support/snapshot.ts'

let world: Harness
beforeAll(async () => {
  world = await createHarness()
  await addKey(1, 'limited', 'engineer', { factories: '[0]' })
  for (const path of ['/api/factories', '/api/factory/1', '/api/factory/1/chart-data', '/api/sprockets', '/api/sprocket/1'])
    await world.viewer.get(path)
  await world.settle()
})

const chart = '/api/factory/1/chart-data'
const good = { time: 60, actual: 1 }
const sprocket = { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const stale = { 'If-Match': '"of-another-state"' }

const failing: [sentence: string, status: number, write: () => Promise<Response>][] = [
  ['a viewer who posts readings', 403, () => world.viewer.post(chart, good)],
  ['nobody who posts readings', 401, () => world.anonymous.post(chart, good)],
  ['an operator who replaces a series', 403, () => world.operator.put(chart, { readings: [] })],
  ['a stranger who knows the number', 404, () => world.stranger.post(chart, good)],
  ['a limited key beyond its reach', 404, () => world.as('limited').delete('/api/factory/1')],
  ['one bad reading among good ones', 422, () => world.operator.post(chart, { readings: [good, { time: 61, actual: -1 }] })],
  [
    'one bad factory among good ones',
    422,
    () =>
      world.operator.post('/api/readings', {
        readings: [
          { factory: 1, ...good },
          { factory: 9, ...good },
        ],
      }),
  ],
  ['one bad reading of a replacement', 422, () => world.engineer.put(chart, { readings: [good, { time: 'x' }] })],
  [
    'one bad figure of a new factory',
    422,
    () => world.engineer.post('/api/factories', { chart_data: { time: [1], sprocket_production_goal: [-1] } }),
  ],
  [
    'a body that breaks off',
    400,
    () => world.operator.send('POST', chart, { body: '{"readings":[', headers: { 'Content-Type': 'application/json' } }),
  ],
  ['readings for an absent factory', 404, () => world.operator.post('/api/factory/9/chart-data', good)],
  ['a replacement for an absent factory', 404, () => world.engineer.put('/api/factory/9/chart-data', { readings: [good] })],
  ['a correction for an absent factory', 404, () => world.operator.put('/api/factory/9/chart-data/60', { actual: 1 })],
  ['removing an absent reading', 404, () => world.operator.delete(`${chart}/60`)],
  ['removing a reading of an absent factory', 404, () => world.operator.delete('/api/factory/9/chart-data/60')],
  ['deleting an absent factory', 404, () => world.engineer.delete('/api/factory/9')],
  ['renaming an absent factory', 404, () => world.engineer.patch('/api/factory/9', { name: 'x' })],
  ['putting an absent sprocket', 404, () => world.engineer.put('/api/sprocket/9', sprocket)],
  ['deleting an absent sprocket', 404, () => world.engineer.delete('/api/sprocket/9')],
  ['a time zone that is none', 422, () => world.engineer.patch('/api/factory/1', { name: 'x', time_zone: 'Mars/Olympus' })],
  ['a tag of another state: patch', 412, () => world.engineer.patch('/api/factory/1', { name: 'x' }, stale)],
  ['a tag of another state: delete', 412, () => world.engineer.delete('/api/factory/1', stale)],
  ['a tag of another state: replace', 412, () => world.engineer.put(chart, { readings: [good] }, stale)],
  ['a tag of another state: correct', 412, () => world.operator.put(`${chart}/1611204818`, { actual: 1 }, stale)],
  ['a tag of another state: remove', 412, () => world.operator.delete(`${chart}/1611204818`, stale)],
  ['a tag of another state: sprocket', 412, () => world.engineer.put('/api/sprocket/1', { ...sprocket, teeth: 9 }, stale)],
]

test.each(failing)('%s: %i, and nothing is written, marked or put', async (_, status, write) => {
  const before = await everythingStored()
  expect((await write()).status).toBe(status)
  await world.settle()
  expect(await everythingStored()).toBe(before)
})

const idle: [sentence: string, write: () => Promise<Response>][] = [
  ['no readings', () => world.operator.post(chart, { readings: [] })],
  [
    'readings sent again',
    () =>
      world.operator.post(chart, {
        readings: [
          { time: 1611204818, actual: 32 },
          { time: 1611204878, goal: 33 },
        ],
      }),
  ],
  ['a correction to what is', () => world.operator.put(`${chart}/1611204818`, { actual: 32, goal: 31 })],
  ['a patch of nothing', () => world.engineer.patch('/api/factory/1', {})],
  ['a patch to what is', () => world.engineer.patch('/api/factory/1', { name: null, time_zone: 'UTC' })],
  ['a sprocket put as it is', () => world.engineer.put('/api/sprocket/1', sprocket)],
  ['readings of no factory', () => world.operator.post('/api/readings', { readings: [] })],
]

test.each(idle)('%s: a success that writes, marks and puts nothing', async (_, write) => {
  const before = await everythingStored()
  expect((await write()).status).toBe(200)
  await world.settle()
  expect(await everythingStored()).toBe(before)
})

test('a series replaced by itself is not replaced', async () => {
  const same = await (await world.viewer.get(chart)).json()
  const before = await everythingStored()
  const response = await world.engineer.put(chart, same)
  await world.settle()
  expect(await response.json()).toEqual(same)
  expect(await everythingStored()).toBe(before)
})
