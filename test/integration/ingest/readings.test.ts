import { beforeAll, describe, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { pointersOf, problemOf } from '../../support/problem.ts'

// Promise: readings in JSON are stored in every shape, and an invalid body gets the pointers of its errors.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const chart = '/api/factory/1/chart-data'
const send = (body: unknown) => harness.operator.post(chart, body)
const valid = { time: 60, actual: 1 }
const ACTUAL = 'sprocket_production_actual'
const GOAL = 'sprocket_production_goal'

describe('a value that is not a count', () => {
  const INVALID_COUNTS = [-1, 1.5, 2 ** 53, 1e300, '1', true, [], {}]
  test.each(INVALID_COUNTS)('the value %j gets an error with its pointer, in every shape', async (invalid) => {
    expect(await pointersOf(await send({ [ACTUAL]: [1, 1, 1, invalid], time: [1, 2, 3, 4] }))).toEqual([`#/${ACTUAL}/3`])
    expect(await pointersOf(await send({ [ACTUAL]: [1], [GOAL]: [invalid], time: [1] }))).toEqual([`#/${GOAL}/0`])
    expect(await pointersOf(await send({ readings: [valid, valid, valid, { time: 60, goal: invalid }] }))).toEqual(['#/readings/3/goal'])
    expect(await pointersOf(await send({ time: 60, actual: invalid }))).toEqual(['#/actual'])
    expect(await pointersOf(await harness.operator.put(`${chart}/60`, { actual: invalid }))).toEqual(['#/actual'])
    expect(
      await pointersOf(
        await harness.operator.post('/api/readings', {
          readings: [
            { factory: 1, ...valid },
            { factory: 1, time: 60, goal: invalid },
          ],
        }),
      ),
    ).toEqual(['#/readings/1/goal'])
    const factory = { chart_data: { [ACTUAL]: [1, invalid], time: [1, 2] } }
    expect(await pointersOf(await harness.engineer.post('/api/factories', factory))).toEqual([`#/chart_data/${ACTUAL}/1`])
  })
})

describe('the time of a reading', () => {
  test.each([null, '1611194818', 1.5, 2 ** 53, '2021-01-21T02:06:58Z'])(
    'the time %j gets an error with its pointer, in every shape',
    async (invalid) => {
      expect(await pointersOf(await send({ [ACTUAL]: [1, 1], time: [60, invalid] }))).toEqual(['#/time/1'])
      expect(await pointersOf(await send({ readings: [valid, valid, valid, { time: invalid, actual: 1 }] }))).toEqual(['#/readings/3/time'])
      expect(await pointersOf(await send({ time: invalid, actual: 1 }))).toEqual(['#/time'])
    },
  )

  test('a time up to 10 minutes ahead is accepted, and a later time is rejected', async () => {
    const now = Math.floor(harness.clock.now() / 1000)
    expect((await send({ time: now + 599, actual: 1 })).status).toBe(200)
    const later = now + 700
    expect(await pointersOf(await send({ time: later, actual: 1 }))).toEqual(['#/time'])
    expect(await pointersOf(await send({ [GOAL]: [1, 1], time: [60, later] }))).toEqual(['#/time/1'])
    expect(await pointersOf(await harness.operator.put(`${chart}/${later}`, { actual: 1 }))).toEqual(['#/path/time'])
    expect(await pointersOf(await harness.operator.put(`${chart}/${later}`, { time: later, actual: 1 }))).toEqual(['#/time'])
    expect(await pointersOf(await harness.engineer.post('/api/factories', { chart_data: { [GOAL]: [1], time: [later] } }))).toEqual([
      '#/chart_data/time/0',
    ])
  })

  test('a time in milliseconds gets an error that names the unit', async () => {
    const { errors } = await problemOf(await send({ time: 1_611_194_818_000, actual: 1 }), 422)
    expect(errors).toEqual([{ pointer: '#/time', detail: 'This looks like milliseconds; send seconds.' }])
  })

  test('any time in the past is accepted', async () => {
    for (const time of [-5_000_000_000, -(2 ** 53) + 1]) {
      expect((await send({ time, actual: 1 })).status).toBe(200)
      expect(await (await harness.viewer.get(`${chart}/${time}`)).json()).toEqual({ time, actual: 1, goal: null })
      expect(await (await harness.viewer.get(`${chart}?from=${time}&limit=1&format=rows`)).json()).toEqual([
        { time, actual: 1, goal: null },
      ])
      expect((await harness.operator.delete(`${chart}/${time}`)).status).toBe(204)
    }
    expect((await harness.viewer.get(`${chart}/-9007199254740992`)).status).toBe(404)
  })
})

describe('a body of the invalid shape', () => {
  test.each([
    ['columns of unequal length', { [ACTUAL]: [1, 2], [GOAL]: [1, 2, 3], time: [1, 2, 3] }, [`#/${ACTUAL}`]],
    ['columns without times', { [ACTUAL]: [1, 2] }, ['#/time']],
    ['a column that is null', { [ACTUAL]: null, time: [1] }, [`#/${ACTUAL}`]],
    ['a column that is one number', { [GOAL]: 5, time: [1] }, [`#/${GOAL}`]],
    ['columns and one time', { [GOAL]: [5], time: 1 }, ['#/time']],
    ['an unknown column', { [GOAL]: [5], time: [1], 'a/b~c': [1] }, ['#/a~1b~0c']],
    ['times alone', { time: [1, 2] }, ['#/time/0', '#/time/1']],
    ['a reading without values', { time: 1 }, ['#']],
    ['a reading without a time', { actual: 1 }, ['#/time']],
    ['a reading with an unknown member', { ...valid, Actual: 1 }, ['#/Actual']],
    ['a reading with an unknown member in a list', { readings: [valid, { ...valid, waste: 1 }] }, ['#/readings/1/waste']],
    ['a list with another member', { readings: [valid], factory: 1 }, ['#/factory']],
    ['a list that is not an array', { readings: valid }, ['#/readings']],
    ['a list of numbers', { readings: [1, [], null] }, ['#/readings/0', '#/readings/1', '#/readings/2']],
    ['an array', [valid], ['#']],
    ['nothing', {}, ['#/time']],
  ])('%s gets errors with pointers', async (_, body, pointers) => {
    expect(await pointersOf(await send(body))).toEqual(pointers)
    expect(await pointersOf(await harness.engineer.put(chart, body))).toEqual(pointers)
  })

  test('PUT of a reading rejects a body with another time than its path', async () => {
    expect(await pointersOf(await harness.operator.put(`${chart}/60`, { time: 61, actual: 1 }))).toEqual(['#/time'])
    expect((await harness.operator.put(`${chart}/60`, { time: 60, actual: 1 })).status).toBeLessThan(300)
  })

  test('an unknown member whose name is an unpaired surrogate gets a pointer with U+FFFD', async () => {
    const unpaired = { ...valid, '\ud800': 1 }
    expect(await pointersOf(await send(unpaired))).toEqual(['#/%EF%BF%BD'])
    expect(await pointersOf(await send({ readings: [unpaired] }))).toEqual(['#/readings/0/%EF%BF%BD'])
    expect(await pointersOf(await send({ time: [60], [ACTUAL]: [1], '\udfff': 1 }))).toEqual(['#/%EF%BF%BD'])
    expect(await pointersOf(await harness.engineer.post('/api/factories', { '\ud800': 1 }))).toEqual(['#/%EF%BF%BD'])
  })

  test('PUT of a reading rejects a body without values', async () => {
    for (const body of [{}, { time: 60 }]) expect(await pointersOf(await harness.operator.put(`${chart}/60`, body))).toEqual(['#'])
  })

  test('POST /api/readings rejects readings of factories that do not exist', async () => {
    const readings = [{ factory: 1, ...valid }, { factory: 99, ...valid }, { factory: -1, ...valid }, valid]
    expect(await pointersOf(await harness.operator.post('/api/readings', { readings: readings.slice(0, 2) }))).toEqual([
      '#/readings/1/factory',
    ])
    expect(await pointersOf(await harness.operator.post('/api/readings', { readings }))).toEqual([
      '#/readings/2/factory',
      '#/readings/3/factory',
    ])
    expect(await pointersOf(await harness.operator.post('/api/readings', { time: [1] }))).toEqual(['#/readings'])
  })
})

test('POST chart-data lists up to 20 errors', async () => {
  const invalid = { time: 'x', actual: -1 }
  expect(await pointersOf(await send({ readings: [invalid, valid, invalid] }))).toEqual([
    '#/readings/0/time',
    '#/readings/0/actual',
    '#/readings/2/time',
    '#/readings/2/actual',
  ])
  const problem = await problemOf(await send({ readings: Array.from({ length: 500 }, () => invalid) }), 422)
  expect(problem.errors).toHaveLength(20)
})

test('5,000 readings are accepted and one more gets 413, in every shape', async () => {
  const time = Array.from({ length: 5001 }, (_, n) => 1_000_000 + n)
  const readings = time.map((time) => ({ time, actual: 1 }))
  expect(await (await send({ readings: readings.slice(1) })).json()).toMatchObject({ received: 5000, changed: 5000 })
  await problemOf(await send({ readings }), 413)
  await problemOf(await send({ time, [ACTUAL]: time }), 413)
  await problemOf(await harness.engineer.put(chart, { readings }), 413)
  await problemOf(await harness.operator.post('/api/readings', { readings: readings.map((each) => ({ factory: 1, ...each })) }), 413)
  await problemOf(await harness.engineer.post('/api/factories', { chart_data: { time, [ACTUAL]: time } }), 413)
})
