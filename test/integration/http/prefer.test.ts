import { beforeEach, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const chart = '/api/factory/1/chart-data'
const LENIENT = { Prefer: 'handling=lenient' }
interface Answer {
  received: number
  changed: number
  latest: unknown
  refused?: { pointer: string; detail: string }[]
}
const refusedBy = (answer: Answer) => answer.refused!.map(({ pointer }) => pointer)

describe('with handling=lenient', () => {
  test('good readings are stored and bad ones listed, in each shape', async () => {
    const readings = [
      { time: 1, actual: 1 },
      { time: 2, actual: -1 },
      { time: 'x', goal: 1 },
      { time: 4, goal: 4 },
    ]
    const response = await harness.operator.post(chart, { readings }, LENIENT)
    expect([response.status, response.headers.get('Preference-Applied')]).toEqual([200, 'handling=lenient'])
    const answer = (await response.json()) as Answer
    expect(answer).toMatchObject({ received: 4, changed: 2 })
    expect(refusedBy(answer)).toEqual(['#/readings/1/actual', '#/readings/2/time'])
    const columns = { time: [5, 6, 7], sprocket_production_goal: [5, 'six', 7] }
    expect(await (await harness.operator.post(chart, columns, LENIENT)).json()).toMatchObject({
      received: 3,
      changed: 2,
      refused: [{ pointer: '#/sprocket_production_goal/1' }],
    })
    const one = (await (await harness.operator.post(chart, { time: 8, actual: '8' }, LENIENT)).json()) as Answer
    expect(one).toMatchObject({ received: 1, changed: 0, refused: [{ pointer: '#/actual' }] })
    const times = (await (await harness.viewer.get('/api/factory/1/time')).json()) as number[]
    expect(times.filter((time) => time < 10)).toEqual([1, 4, 5, 7])
  })

  test('all that was refused is listed, even if it is much', async () => {
    const readings = Array.from({ length: 50 }, (_, time) => ({ time, actual: 'x' }))
    expect(refusedBy((await (await harness.operator.post(chart, { readings }, LENIENT)).json()) as Answer)).toHaveLength(50)
  })

  test('absent factories are listed, and readings of the others stored', async () => {
    const readings = [
      { factory: 9, time: 1, actual: 1 },
      { factory: 2, time: 1, actual: 1 },
      { factory: 1, time: 1 },
    ]
    const answer = (await (await harness.operator.post('/api/readings', { readings }, LENIENT)).json()) as Answer
    expect(answer).toMatchObject({ received: 3, changed: 1, latest: [{ factory: 2, time: 1611305958 }] })
    expect(refusedBy(answer).toSorted()).toEqual(['#/readings/0/factory', '#/readings/2'])
  })

  test('nothing refused is an empty list', async () => {
    expect(await (await harness.operator.post(chart, { time: 1, actual: 1 }, LENIENT)).json()).toMatchObject({ changed: 1, refused: [] })
  })

  test('what cannot be put down to a reading is still refused whole', async () => {
    expect((await harness.operator.post(chart, { time: [1, 2], sprocket_production_actual: [1] }, LENIENT)).status).toBe(422)
  })
})

describe('with return=representation', () => {
  test('the answer is the chart, with the tag that GET gives it', async () => {
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

  test('beside handling=lenient, what was refused is told rather than the chart', async () => {
    const both = { Prefer: 'return=representation, handling=lenient' }
    const response = await harness.operator.post(chart, { readings: [{ time: 1, actual: 1 }, { time: 2 }] }, both)
    expect(refusedBy((await response.json()) as Answer)).toEqual(['#/readings/1'])
    expect(response.headers.get('Preference-Applied')).toBe('handling=lenient')
    const good = await harness.operator.post(chart, { time: 1, actual: 1 }, both)
    expect(good.headers.get('Preference-Applied')).toBe('handling=lenient, return=representation')
  })

  test('readings of many factories have no chart, and none is promised', async () => {
    const response = await harness.operator.post('/api/readings', { readings: [] }, { Prefer: 'return=representation' })
    expect([response.headers.has('Preference-Applied'), await response.json()]).toEqual([false, { received: 0, changed: 0, latest: [] }])
  })
})

test('a preference that is not known is not said to be applied', async () => {
  const response = await harness.operator.post(chart, { time: 1, actual: 1 }, { Prefer: 'respond-async, wait=10' })
  expect(response.headers.has('Preference-Applied')).toBe(false)
  expect(await response.json()).toEqual({ received: 1, changed: 1, latest: { time: 1611205958, actual: 30, goal: 32 } })
})
