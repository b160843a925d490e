import { beforeEach, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: writes of readings honour `handling=lenient` and `return=representation`, and say so.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const chart = '/api/factory/1/chart-data'
const LENIENT = { Prefer: 'handling=lenient' }
interface Effect {
  received: number
  changed: number
  latest: unknown
  refused?: { pointer: string; detail: string }[]
}
const rejectedPointers = (effect: Effect) => effect.refused!.map(({ pointer }) => pointer)

describe('Prefer: handling=lenient', () => {
  test('handling=lenient stores the valid readings and lists the others, in each shape', async () => {
    const readings = [
      { time: 1, actual: 1 },
      { time: 2, actual: -1 },
      { time: 'x', goal: 1 },
      { time: 4, goal: 4 },
    ]
    const response = await harness.operator.post(chart, { readings }, LENIENT)
    expect([response.status, response.headers.get('Preference-Applied')]).toEqual([200, 'handling=lenient'])
    const effect = (await response.json()) as Effect
    expect(effect).toMatchObject({ received: 4, changed: 2 })
    expect(rejectedPointers(effect)).toEqual(['#/readings/1/actual', '#/readings/2/time'])
    const columns = { time: [5, 6, 7], sprocket_production_goal: [5, 'six', 7] }
    expect(await (await harness.operator.post(chart, columns, LENIENT)).json()).toMatchObject({
      received: 3,
      changed: 2,
      refused: [{ pointer: '#/sprocket_production_goal/1' }],
    })
    const one = (await (await harness.operator.post(chart, { time: 8, actual: '8' }, LENIENT)).json()) as Effect
    expect(one).toMatchObject({ received: 1, changed: 0, refused: [{ pointer: '#/actual' }] })
    const times = (await (await harness.viewer.get('/api/factory/1/time')).json()) as number[]
    expect(times.filter((time) => time < 10)).toEqual([1, 4, 5, 7])
  })

  test('handling=lenient lists every rejected reading, also 50 of them', async () => {
    const readings = Array.from({ length: 50 }, (_, time) => ({ time, actual: 'x' }))
    expect(rejectedPointers((await (await harness.operator.post(chart, { readings }, LENIENT)).json()) as Effect)).toHaveLength(50)
  })

  test('handling=lenient lists missing factories and stores the readings of the others', async () => {
    const readings = [
      { factory: 9, time: 1, actual: 1 },
      { factory: 2, time: 1, actual: 1 },
      { factory: 1, time: 1 },
    ]
    const effect = (await (await harness.operator.post('/api/readings', { readings }, LENIENT)).json()) as Effect
    expect(effect).toMatchObject({ received: 3, changed: 1, latest: [{ factory: 2, time: 1611305958 }] })
    expect(rejectedPointers(effect).toSorted()).toEqual(['#/readings/0/factory', '#/readings/2'])
  })

  test('handling=lenient lists nothing if every reading is valid', async () => {
    expect(await (await harness.operator.post(chart, { time: 1, actual: 1 }, LENIENT)).json()).toMatchObject({ changed: 1, refused: [] })
  })

  test('handling=lenient rejects the whole body for an error that belongs to no reading', async () => {
    expect((await harness.operator.post(chart, { time: [1, 2], sprocket_production_actual: [1] }, LENIENT)).status).toBe(422)
  })
})

describe('Prefer: return=representation', () => {
  test('return=representation sends the chart with the entity tag of GET', async () => {
    for (const body of [
      { time: 1, actual: 1 },
      { time: 1, actual: 1 },
    ]) {
      const response = await harness.operator.post(chart, body, { Prefer: 'return=representation' })
      expect(response.headers.get('Preference-Applied')).toBe('return=representation')
      const get = await harness.viewer.get(chart)
      expect(response.headers.get('ETag')).toBe(get.headers.get('ETag'))
      expect(await response.text()).toBe(await get.text())
    }
  })

  test('return=representation with handling=lenient sends the list instead of the chart if a reading is rejected', async () => {
    const both = { Prefer: 'return=representation, handling=lenient' }
    const response = await harness.operator.post(chart, { readings: [{ time: 1, actual: 1 }, { time: 2 }] }, both)
    expect(rejectedPointers((await response.json()) as Effect)).toEqual(['#/readings/1'])
    expect(response.headers.get('Preference-Applied')).toBe('handling=lenient')
    const valid = await harness.operator.post(chart, { time: 1, actual: 1 }, both)
    expect(valid.headers.get('Preference-Applied')).toBe('handling=lenient, return=representation')
  })

  test('POST /api/readings ignores return=representation and does not confirm it', async () => {
    const response = await harness.operator.post('/api/readings', { readings: [] }, { Prefer: 'return=representation' })
    expect([response.headers.has('Preference-Applied'), await response.json()]).toEqual([false, { received: 0, changed: 0, latest: [] }])
  })
})

test('POST chart-data does not confirm an unknown preference', async () => {
  const response = await harness.operator.post(chart, { time: 1, actual: 1 }, { Prefer: 'respond-async, wait=10' })
  expect(response.headers.has('Preference-Applied')).toBe(false)
  expect(await response.json()).toEqual({ received: 1, changed: 1, latest: { time: 1611205958, actual: 30, goal: 32 } })
})
