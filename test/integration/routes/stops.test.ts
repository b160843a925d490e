import { beforeAll, describe, expect, test } from 'vitest'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'
import { addFactories } from '../../support/sizes.ts'

// Promise: the stops of a factory are listed in pages and by reason, for one factory and for all in the scope of a key.

const FROM = Date.UTC(2024, 0, 16, 6) / 1_000
const HOUR = 3_600

let harness: Harness
let factory: string
let other: string

/** Adds a factory that stands still in the first minutes of each hour. Returns its path. */
const addFactory = async (schedule: boolean, minutes: number[]) => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  const shift = { name: 'Day', days: [...WEEKDAYS], start: '06:00', end: '18:00' }
  const versions = [{ valid_from: '2020-01-01', shifts: [shift] }]
  if (schedule) expect((await harness.engineer.put(`${path}/schedule`, { versions, exceptions: [] })).status).toBe(200)
  const readings = minutes.flatMap((stopped, hour) =>
    Array.from({ length: 60 }, (_, minute) => ({ time: FROM + hour * HOUR + 60 * minute, actual: minute < stopped ? 0 : 3 })),
  )
  expect((await harness.operator.post(`${path}/chart-data`, { readings })).status).toBe(200)
  return path
}
const annotate = async (path: string, hour: number, reason: string) => {
  const body = { from: FROM + hour * HOUR, to: FROM + hour * HOUR + 1_800, reason, note: 'Belt' }
  expect((await harness.operator.post(`${path}/stop-annotations`, body)).status).toBe(201)
}

beforeAll(async () => {
  harness = await createHarness()
  const reasons = [
    { code: 'jam', name: 'Jam', category: 'unplanned' },
    { code: 'setup', name: 'Set-up', category: 'planned' },
  ]
  expect((await harness.engineer.put('/api/stop-reasons', { reasons })).status).toBe(200)
  factory = await addFactory(true, [10, 20, 10, 0, 30])
  other = await addFactory(false, [15])
  await annotate(factory, 0, 'jam')
  await annotate(factory, 1, 'setup')
  await annotate(factory, 2, 'jam')
  await addKey(1, 'limited', 'viewer', { factories: `[${other.split('/').at(-1)}]` })
})

interface Stop {
  from: number
  to: number | null
  reason: string | null
  shift: object | null
}
const list = async (query: string) => {
  const response = await harness.viewer.get(`${factory}/stops${query}`)
  expect(response.status).toBe(200)
  return { stops: (await response.json<{ stops: Stop[] }>()).stops, link: response.headers.get('Link') }
}
const hoursOf = (stops: Stop[]) => stops.map(({ from }) => (from - FROM) / HOUR)

describe('the stops of a factory', () => {
  test('a list of stops has the newest first, with reason, note and shift', async () => {
    const { stops, link } = await list('')
    expect(hoursOf(stops)).toEqual([4, 2, 1, 0])
    expect(link).toBeNull()
    expect(stops.at(-1)).toEqual({
      from: FROM,
      to: FROM + 600,
      seconds: 600,
      planned_seconds: 600,
      reason: 'jam',
      annotation: expect.any(Number),
      note: 'Belt',
      shift: { date: '2024-01-16', name: 'Day' },
    })
  })

  test('a factory without a schedule has stops without a shift', async () => {
    const response = await harness.viewer.get(`${other}/stops`)
    expect(await response.json()).toMatchObject({ stops: [{ from: FROM, planned_seconds: 900, shift: null }] })
  })

  test('a factory without readings has no stops', async () => {
    const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
    expect(await (await harness.viewer.get(`${path}/stops`)).json()).toEqual({ stops: [] })
    expect(await (await harness.viewer.get(`${path}/stops/pareto`)).json()).toEqual({ seconds: 0, reasons: [] })
    expect(await (await harness.viewer.get(`${path}/oee`)).json()).toMatchObject({ items: [], total: { planned_seconds: 0, oee: null } })
  })

  test('the pages of a list of stops lead from the newest to the oldest', async () => {
    const range = `?from=${FROM}&to=${FROM + 5 * HOUR}&limit=3`
    const first = await list(range)
    expect(hoursOf(first.stops)).toEqual([4, 2, 1])
    const next = /^<(.*)>; rel="next"$/.exec(first.link!)![1]!
    const second = await harness.viewer.get(next)
    expect(hoursOf((await second.json<{ stops: Stop[] }>()).stops)).toEqual([0])
    expect(second.headers.get('Link')).toBeNull()
  })

  test.each([
    ['?reason=jam', [2, 0]],
    ['?reason=setup', [1]],
    ['?unexplained=true', [4]],
    ['?unexplained=false', [2, 1, 0]],
    [`?from=${FROM + HOUR}&to=${FROM + 4 * HOUR}`, [2, 1]],
  ])('a list of stops with %s has those of the hours %j', async (query, hours) => {
    expect(hoursOf((await list(query)).stops)).toEqual(hours)
  })

  test.each([
    ['stops?reason=unknown', 'reason'],
    ['stops?unexplained=yes', 'unexplained'],
    ['stops?reason=jam&unexplained=true', 'unexplained'],
    ['stops?limit=501', 'limit'],
    ['stops?from=1', 'to'],
    ['stops?to=1', 'from'],
    ['stops/pareto?from=0&to=6000000', 'to'],
    ['oee?last=year', 'last'],
    ['oee?from=0&to=1&last=day', 'last'],
    ['oee?resolution=hour', 'resolution'],
  ])('GET %s is rejected with a pointer', async (query, name) => {
    const problem = await problemOf(await harness.viewer.get(`${factory}/${query}`), 400)
    expect((problem as unknown as { errors: { pointer: string }[] }).errors[0]!.pointer).toBe(`#/query/${name}`)
  })
})

describe('stops by reason', () => {
  const cause = (reason: string | null, name: string | null, category: string | null, count: number, seconds: number) => ({
    reason,
    name,
    category,
    count,
    seconds,
  })

  test('stops by reason have the reason with the most seconds first, with shares', async () => {
    expect(await (await harness.viewer.get(`${factory}/stops/pareto`)).json()).toEqual({
      seconds: 4_200,
      reasons: [
        { ...cause(null, null, null, 1, 1_800), share: 1_800 / 4_200, cumulative_share: 1_800 / 4_200 },
        { ...cause('jam', 'Jam', 'unplanned', 2, 1_200), share: 1_200 / 4_200, cumulative_share: 3_000 / 4_200 },
        { ...cause('setup', 'Set-up', 'planned', 1, 1_200), share: 1_200 / 4_200, cumulative_share: 1 },
      ],
    })
  })

  test('stops by reason of an organisation add up its factories, and for a limited key those in its scope', async () => {
    const read = async (client: { get: (path: string) => Promise<Response> }, query = '') =>
      (await client.get(`/api/stops/pareto${query}`)).json<{ seconds: number }>()
    expect((await read(harness.viewer)).seconds).toBe(5_100)
    expect((await read(harness.viewer, `?from=${FROM}&to=${FROM + HOUR}`)).seconds).toBe(1_500)
    expect((await read(harness.as('limited'))).seconds).toBe(900)
    await problemOf(await harness.viewer.get('/api/stops/pareto?from=0&to=700000'), 400)
    const ids = [factory, other].map((path) => path.split('/').at(-1))
    expect((await read(harness.viewer, `?factories=${ids[0]}`)).seconds).toBe(4_200)
    expect((await read(harness.viewer, `?factories=${ids.join(',')}`)).seconds).toBe(5_100)
    expect((await read(harness.as('limited'), `?factories=${ids[1]}`)).seconds).toBe(900)
  })

  test.each([
    ['a factory that does not exist', 'viewer', '0,99', 'Unknown factory 99.'],
    ['a factory outside the scope of the key', 'limited', '0', 'Unknown factory 0.'],
    ['a factory twice', 'viewer', '0,0', 'Invalid list.'],
    ['an empty id', 'viewer', '0,', 'Invalid list.'],
    ['more than 50 factories', 'viewer', Array.from({ length: 51 }, (_, id) => id).join(','), 'Invalid list.'],
  ])('stops by reason of %s are rejected with a pointer', async (_, key, ids, detail) => {
    const problem = await problemOf(await harness.as(key).get(`/api/stops/pareto?factories=${ids}`), 400)
    expect(problem).toMatchObject({ errors: [{ pointer: '#/query/factories', detail: expect.stringContaining(detail) }] })
  })
})

test('an OEE report of more than 200 shifts is rejected, and one of their days is sent', async () => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  const shifts = Array.from({ length: 6 }, (_, index) => ({
    name: `Shift ${index}`,
    days: [...WEEKDAYS],
    start: `${String(4 * index).padStart(2, '0')}:00`,
    end: `${String((4 * index + 4) % 24).padStart(2, '0')}:00`,
  }))
  await harness.engineer.put(`${path}/schedule`, { versions: [{ valid_from: '2020-01-01', shifts }], exceptions: [] })
  await harness.operator.post(`${path}/chart-data`, { time: FROM, actual: 1 })
  const range = `from=${FROM}&to=${FROM + 40 * 86_400}`
  await problemOf(await harness.viewer.get(`${path}/oee?${range}`), 400)
  const days = await harness.viewer.get(`${path}/oee?${range}&resolution=day`)
  expect((await days.json<{ items: object[] }>()).items).toHaveLength(41)
})

test('OEE of local days needs no schedule', async () => {
  const report = await (
    await harness.viewer.get(`${other}/oee?resolution=day`)
  ).json<{ items: { name: string | null; actual: number | null }[] }>()
  expect(report.items.at(-1)).toMatchObject({ date: '2024-01-16', name: null, actual: 135, run_seconds: 3_540 - 900 })
  expect(await (await harness.viewer.get(`${other}/oee`)).json()).toMatchObject({ items: [] })
})

test('the report of OEE by day has the selected shifts of a date, and all of them in a range between local midnights', async () => {
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  const shifts = ['00:00', '12:00'].map((start, index, starts) => ({ name: 'A', days: [...WEEKDAYS], start, end: starts[1 - index] }))
  await harness.engineer.put(`${path}/schedule`, { versions: [{ valid_from: '2020-01-01', shifts }], exceptions: [] })
  const midnight = Math.floor(FROM / 86_400) * 86_400
  const newest = midnight + 86_400 + 13 * HOUR
  await harness.operator.post(`${path}/chart-data`, { readings: [midnight, newest].map((time) => ({ time, actual: 1 })) })
  const fromsOf = async (query: string) =>
    (await (await harness.viewer.get(`${path}/oee?resolution=day&${query}`)).json<{ items: { from: number }[] }>()).items.map(
      ({ from }) => from - midnight,
    )
  expect(await fromsOf('last=day')).toEqual([12 * HOUR, 86_400])
  expect(await fromsOf(`from=${midnight}&to=${midnight + 2 * 86_400}`)).toEqual([0, 86_400])
})

// It replaces the data of the tests above.
test('stops by reason of all factories are rejected beyond 50 factories, which a request must choose from', async () => {
  const large = await createHarness()
  await addFactories(51)
  const problem = await problemOf(await large.viewer.get('/api/stops/pareto'), 400)
  expect(problem).toMatchObject({ errors: [{ pointer: '#/query/factories', detail: expect.stringContaining('would read 51 factories') }] })
  const ids = Array.from({ length: 50 }, (_, id) => id + 1)
  expect((await large.viewer.get(`/api/stops/pareto?factories=${ids.join(',')}`)).status).toBe(200)
})
