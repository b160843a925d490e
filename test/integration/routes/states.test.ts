import { beforeAll, expect, test } from 'vitest'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: the states of a factory cover its planned time up to the newest reading, and say when none is planned.

const FROM = Date.UTC(2024, 0, 16, 6) / 1_000
const HOUR = 3_600

let harness: Harness
let planned: string
let unplanned: string

/** Adds a factory that runs for an hour, stands still for an hour, is silent for an hour, and runs for an hour. Returns its path. */
const addFactory = async (versions: object[]) => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  expect((await harness.engineer.put(`${path}/schedule`, { versions, exceptions: [] })).status).toBe(200)
  const minutes = Array.from({ length: 241 }, (_, minute) => minute).filter((minute) => minute < 120 || minute >= 180)
  const readings = minutes.map((minute) => ({ time: FROM + 60 * minute, actual: minute >= 60 && minute < 120 ? 0 : 3 }))
  expect((await harness.operator.post(`${path}/chart-data`, { readings })).status).toBe(200)
  return path
}

beforeAll(async () => {
  harness = await createHarness()
  const shift = { name: 'Day', days: [...WEEKDAYS], start: '06:00', end: '14:00', breaks: [{ start: '06:30', end: '06:45' }] }
  planned = await addFactory([{ valid_from: '2020-01-01', shifts: [shift] }])
  unplanned = await addFactory([])
})

interface State {
  from: number
  to: number
  state: string
}
/** Returns the states of a factory, with times in hours of the first reading. */
const list = async (path: string, query: string) => {
  const response = await harness.viewer.get(`${path}/states${query}`)
  expect(response.status).toBe(200)
  const { states } = await response.json<{ states: State[] }>()
  return states.map(({ from, to, state }) => [(from - FROM) / HOUR, (to - FROM) / HOUR, state])
}

test('states cover breaks and the time around shifts, and end in planned time with the newest reading', async () => {
  expect(await list(planned, `?from=${FROM - HOUR}&to=${FROM + 10 * HOUR}`)).toEqual([
    [-1, 0, 'not-planned'],
    [0, 0.5, 'running'],
    [0.5, 0.75, 'not-planned'],
    [0.75, 1, 'running'],
    [1, 2, 'stopped'],
    [2, 3, 'no-data'],
    [3, 4, 'running'],
    [8, 10, 'not-planned'],
  ])
})

test('states of a factory without a schedule are those of its readings', async () => {
  expect(await list(unplanned, `?from=${FROM + 1_800}&to=${FROM + 2 * HOUR}`)).toEqual([
    [0.5, 1, 'running'],
    [1, 2, 'stopped'],
  ])
})

test('states without a range are those of the day up to the newest reading', async () => {
  const states = await list(unplanned, '')
  expect(states[0]).toEqual([-20 + 1 / HOUR, 0, 'no-data'])
  expect(states.at(-1)).toEqual([3, 4, 'running'])
})

test('a factory without readings has no states without a range, and those of its schedule in a range', async () => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  expect(await list(path, '')).toEqual([])
  expect(await list(path, `?from=${FROM}&to=${FROM + HOUR}`)).toEqual([])
})

test('a range of states of more than seven days is rejected', async () => {
  await problemOf(await harness.viewer.get(`${planned}/states?from=${FROM}&to=${FROM + 8 * 86_400}`), 400)
})

/** Returns the states of a factory that has produced at these minutes. */
const statesOfMinutes = async (minutes: number[]) => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  const readings = minutes.map((minute) => ({ time: FROM + 60 * minute, actual: 3 }))
  expect((await harness.operator.post(`${path}/chart-data`, { readings })).status).toBe(200)
  const states = await list(path, `?from=${FROM}&to=${FROM + 60 * minutes.at(-1)!}`)
  return states.map(([from, to, state]) => [Math.round(60 * Number(from)), Math.round(60 * Number(to)), state])
}

test('silence of exactly 15 minutes counts as no data, but silence of 14 minutes does not', async () => {
  expect(await statesOfMinutes([0, 1, 2, 3, 18])).toEqual([
    [0, 4, 'running'],
    [4, 18, 'no-data'],
  ])
  expect(await statesOfMinutes([0, 1, 2, 3, 17])).toEqual([[0, 17, 'running']])
})

test('silence does not lengthen the usual step of its hour, unless the hour has no shorter step', async () => {
  expect(await statesOfMinutes([0, 1, 20, 40])).toEqual([
    [0, 2, 'running'],
    [2, 20, 'no-data'],
    [20, 21, 'running'],
    [21, 40, 'no-data'],
  ])
  expect(await statesOfMinutes([0, 20, 40, 60, 80])).toEqual([[0, 80, 'running']])
})

test('a single reading in an hour has the step from the reading before it', async () => {
  expect(await statesOfMinutes([50, 70, 190])).toEqual([
    [0, 50, 'no-data'],
    [50, 90, 'running'],
    [90, 190, 'no-data'],
  ])
})
