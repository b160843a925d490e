import { beforeAll, expect, test } from 'vitest'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the defects of other shift and OEE reports do not occur here. Each row of the table is one of them.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  const reasons = [
    { code: 'changeover', name: 'Changeover', category: 'planned' },
    { code: 'jam', name: 'Jam', category: 'unplanned' },
    { code: 'no-orders', name: 'No orders', category: 'no-demand' },
  ]
  expect((await harness.engineer.put('/api/stop-reasons', { reasons })).status).toBe(200)
})

type Reading = [time: string, actual: number | null, goal?: number]
interface Shift {
  date: string
  name: string
  from: number
  to: number
  planned_seconds: number
  actual: number | null
  expected: number | null
  stops: Record<string, number>
  oee: { availability: number | null } | null
}
interface Stop {
  from: number
  to: number | null
  seconds: number
  planned_seconds: number
  reason: string | null
}

const at = (text: string) => Date.parse(text.includes('Z') ? text : `${text}:00Z`) / 1000
const DAYS = [...WEEKDAYS]
const EARLY = { name: 'Early', days: DAYS, start: '06:00', end: '14:00' }
const LATE = { name: 'Late', days: DAYS, start: '14:00', end: '22:00' }
const NIGHT = { name: 'Night', days: DAYS, start: '22:00', end: '06:00' }

interface Declared {
  name: string
  days: readonly string[]
  start: string
  end: string
  breaks?: { start: string; end: string }[]
}

/** A factory with shifts and readings. */
const plant = async (shifts: Declared[], readings: Reading[], zone = 'UTC') => {
  const path = (await harness.engineer.post('/api/factories', { time_zone: zone })).headers.get('Location')!
  const putShifts = async (versions: { valid_from: string; shifts: Declared[] }[]) =>
    expect((await harness.engineer.put(`${path}/schedule`, { versions, exceptions: [] })).status).toBe(200)
  await putShifts([{ valid_from: '2000-01-01', shifts }])
  const append = async (...list: Reading[]) => {
    const sent = list.map(([time, actual, goal]) => ({ time: at(time), actual, ...(goal !== undefined && { goal }) }))
    expect((await harness.operator.post(`${path}/chart-data`, { readings: sent })).status).toBe(200)
  }
  await append(...readings)
  const get = async <T>(query: string): Promise<T> => {
    const response = await harness.viewer.get(`${path}/${query}`)
    expect(response.status, query).toBe(200)
    return response.json<T>()
  }
  return {
    path,
    append,
    putShifts,
    get,
    shifts: async (query = 'last=week') => (await get<{ shifts: Shift[] }>(`shifts?${query}`)).shifts,
    stops: async (query = '') => (await get<{ stops: Stop[] }>(`stops${query}`)).stops,
    annotate: async (from: string, to: string | null, reason: string, manual = false) => {
      const body = { from: at(from), to: to === null ? null : at(to), reason, manual }
      const response = await harness.operator.post(`${path}/stop-annotations`, body)
      expect(response.status).toBe(201)
      return response.headers.get('Location')!
    },
  }
}

/** Returns readings of a minute each, from one time to another. */
const minutes = (from: string, to: string, actual: number): Reading[] =>
  Array.from({ length: (at(to) - at(from)) / 60 }, (_, minute) => [new Date((at(from) + 60 * minute) * 1000).toISOString(), actual, 5])

const DEFECTS: [defect: string, check: () => Promise<void>][] = [
  [
    'an overnight shift is charged to the next day',
    async () => {
      const { shifts } = await plant([NIGHT], [['2024-01-13T03:00', 7, 7]])
      expect(await shifts('date=2024-01-12')).toMatchObject([{ date: '2024-01-12', name: 'Night', actual: 7 }])
      expect(await shifts('date=2024-01-13')).toMatchObject([{ date: '2024-01-13', actual: null }])
    },
  ],
  [
    'at 03:00 a shift of yesterday that has ended is shown as the current one',
    async () => {
      const { get } = await plant([EARLY, LATE, NIGHT], [['2024-01-13T03:00', 7, 7]])
      const { shift } = await get<{ shift: Shift }>('summary')
      expect(shift).toMatchObject({ date: '2024-01-12', name: 'Night', from: at('2024-01-12T22:00'), to: at('2024-01-13T06:00') })
    },
  ],
  [
    'a shift from 06:30 is cut at full hours',
    async () => {
      const shift = { ...EARLY, start: '06:30' }
      const { shifts } = await plant(
        [shift],
        [
          ['2024-01-12T06:15', 1, 1],
          ['2024-01-12T06:29', 2, 2],
          ['2024-01-12T06:31', 4, 4],
        ],
      )
      expect((await shifts('date=2024-01-12'))[0]!.actual).toBe(4)
    },
  ],
  [
    'a reading on a border is counted twice',
    async () => {
      const { shifts } = await plant([EARLY, LATE], [['2024-01-12T14:00', 7, 7]])
      expect((await shifts('date=2024-01-12')).map(({ actual }) => actual)).toEqual([null, 7])
    },
  ],
  [
    'a weekend without shifts falls back to today',
    async () => {
      const { shifts, get } = await plant([{ ...EARLY, days: ['mon', 'fri'] }], [['2024-01-13T08:00', 7, 7]])
      expect(await shifts('date=2024-01-13')).toEqual([])
      expect((await get<{ shift: Shift | null }>('summary')).shift).toBeNull()
    },
  ],
  [
    'zones east of UTC+12 and half hours of Lord Howe move a shift to another date',
    async () => {
      const east = await plant([EARLY], [['2024-01-12T00:00', 7, 7]], 'Pacific/Kiritimati')
      expect(await east.shifts('date=2024-01-12')).toMatchObject([{ from: at('2024-01-11T16:00'), to: at('2024-01-12T00:00') }])
      const howe = await plant([NIGHT], [['2024-04-06T16:00', 7, 7]], 'Australia/Lord_Howe')
      expect(await howe.shifts('date=2024-04-06')).toMatchObject([{ planned_seconds: 8.5 * 3_600, actual: 7 }])
    },
  ],
  [
    'the date that Apia skipped has shifts',
    async () => {
      const { shifts } = await plant([EARLY, LATE], [['2011-12-30T11:00', 7, 7]], 'Pacific/Apia')
      expect(await shifts('date=2011-12-30')).toEqual([])
      expect((await shifts('date=2011-12-29')).map(({ planned_seconds }) => planned_seconds)).toEqual([8 * 3_600, 8 * 3_600])
    },
  ],
  [
    'a stop that was left open attaches to every later shift',
    async () => {
      const { annotate, append, stops } = await plant([EARLY, LATE, NIGHT], minutes('2024-01-12T13:00', '2024-01-12T13:30', 0))
      await annotate('2024-01-12T13:00', null, 'jam')
      await append(...minutes('2024-01-12T13:30', '2024-01-12T14:30', 5), ...minutes('2024-01-12T14:30', '2024-01-12T14:40', 0))
      await append(['2024-01-12T14:40', 5, 5])
      expect((await stops()).map(({ from, reason }) => [from, reason])).toEqual([
        [at('2024-01-12T14:30'), null],
        [at('2024-01-12T13:00'), 'jam'],
      ])
    },
  ],
  [
    'overlapping stops make availability negative',
    async () => {
      const { annotate, shifts } = await plant([EARLY], minutes('2024-01-12T06:00', '2024-01-12T14:00', 0))
      await annotate('2024-01-12T06:00', '2024-01-12T10:00', 'jam', true)
      await annotate('2024-01-12T10:00', null, 'jam', true)
      const [shift] = await shifts('date=2024-01-12')
      expect(shift!.oee!.availability).toBe(0)
      expect(shift!.stops).toEqual({
        planned_seconds: 0,
        unplanned_seconds: 8 * 3_600 - 60,
        no_demand_seconds: 0,
        unexplained_seconds: 0,
        no_data_seconds: 0,
      })
    },
  ],
  [
    'a time without data looks like an idle machine',
    async () => {
      const { shifts, stops } = await plant(
        [EARLY],
        [...minutes('2024-01-12T06:00', '2024-01-12T08:00', 5), ...minutes('2024-01-12T10:00', '2024-01-12T14:00', 5)],
      )
      expect(await stops()).toEqual([])
      expect((await shifts('date=2024-01-12'))[0]).toMatchObject({ stops: { no_data_seconds: 7_200 }, oee: { availability: 1 } })
    },
  ],
  [
    'a changeover counts as unplanned',
    async () => {
      const { annotate, shifts } = await plant(
        [EARLY],
        [...minutes('2024-01-12T06:00', '2024-01-12T07:00', 0), ...minutes('2024-01-12T07:00', '2024-01-12T14:00', 5)],
      )
      expect((await shifts('date=2024-01-12'))[0]!.oee!.availability).toBeLessThan(1)
      await annotate('2024-01-12T06:00', '2024-01-12T07:00', 'changeover')
      expect((await shifts('date=2024-01-12'))[0]).toMatchObject({
        stops: { planned_seconds: 3_600, unexplained_seconds: 0 },
        oee: { availability: 1 },
      })
    },
  ],
  [
    'a tile and a report differ by rounding',
    async () => {
      const { shifts, get } = await plant(
        [EARLY],
        [
          ...minutes('2024-01-12T06:00', '2024-01-12T07:07', 5),
          ...minutes('2024-01-12T07:07', '2024-01-12T07:20', 0),
          ['2024-01-12T07:20', 5, 7],
        ],
      )
      const [shift] = await shifts('date=2024-01-12')
      const report = await get<{ items: object[] }>('oee?resolution=day')
      expect(report.items.at(-1)).toMatchObject({ ...shift!.oee, stops: shift!.stops, actual: shift!.actual })
    },
  ],
  [
    'a schedule that is changed today rewrites last month',
    async () => {
      const { shifts, putShifts } = await plant([EARLY], minutes('2024-01-12T06:00', '2024-01-12T07:00', 5))
      const before = await shifts('date=2024-01-12')
      await putShifts([
        { valid_from: '2000-01-01', shifts: [EARLY] },
        { valid_from: '2024-02-01', shifts: [LATE] },
      ])
      expect(await shifts('date=2024-01-12')).toEqual(before)
    },
  ],
  [
    'a late reading with production leaves a stop as it was',
    async () => {
      const { append, stops } = await plant([EARLY], [...minutes('2024-01-12T06:00', '2024-01-12T06:09', 0), ['2024-01-12T06:09', 5, 5]])
      expect(await stops()).toHaveLength(1)
      await append(['2024-01-12T06:04', 1])
      expect(await stops()).toEqual([])
    },
  ],
  [
    'a deleted reading leaves a stop as it was',
    async () => {
      const { path, stops } = await plant(
        [EARLY],
        [
          ['2024-01-12T06:00', 0, 5],
          ['2024-01-12T06:04', 5, 5],
          ['2024-01-12T06:05', 0, 5],
          ['2024-01-12T06:09', 5, 5],
        ],
      )
      expect(await stops()).toEqual([])
      expect((await harness.operator.delete(`${path}/chart-data/${at('2024-01-12T06:04')}`)).status).toBe(204)
      expect(await stops()).toMatchObject([{ from: at('2024-01-12T06:00'), to: at('2024-01-12T06:09'), seconds: 540 }])
    },
  ],
  [
    'a factory that moves to another zone keeps the shifts of the old one',
    async () => {
      const { path, shifts } = await plant([EARLY, LATE], [['2024-01-12T13:30', 7, 7]])
      expect((await shifts('date=2024-01-12')).map(({ actual }) => actual)).toEqual([7, null])
      expect((await harness.engineer.patch(path, { time_zone: 'Europe/Berlin' })).status).toBe(200)
      expect((await shifts('date=2024-01-12')).map(({ actual }) => actual)).toEqual([null, 7])
    },
  ],
  [
    'a break across midnight is not subtracted',
    async () => {
      const { shifts } = await plant([{ ...NIGHT, breaks: [{ start: '23:45', end: '00:15' }] }], [['2024-01-12T23:00', 7, 7]])
      expect((await shifts('date=2024-01-12'))[0]!.planned_seconds).toBe(7.5 * 3_600)
    },
  ],
  [
    'a shift of 24 hours has no length',
    async () => {
      const { shifts } = await plant([{ ...EARLY, end: '06:00' }], [['2024-01-13T05:59', 7, 7]])
      expect(await shifts('date=2024-01-12')).toMatchObject([{ planned_seconds: 86_400, actual: 7 }])
    },
  ],
  [
    'a shift without a target and without goals is expected to make 0',
    async () => {
      const { shifts } = await plant([EARLY], [['2024-01-12T08:00', 7]])
      expect((await shifts('date=2024-01-12'))[0]!.expected).toBeNull()
    },
  ],
]

test.each(DEFECTS)('no report shows that %s', async (_, check) => {
  await check()
})
