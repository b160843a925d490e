import { afterEach, describe, expect, test, vi } from 'vitest'
import { findAlignedFrom, parseOffsetPeriods } from '../../../src/local-time/offset-periods.ts'
import { MAX_TIME, MIN_TIME, offsetPeriods } from '../../../src/local-time/time-zones.ts'
import type { OffsetPeriod } from '../../../src/local-time/time-zones.ts'

// Promise: a zone has one list of offset periods, which says from when on its hours and days consist of whole quarters.

afterEach(() => {
  vi.restoreAllMocks()
})

/** Returns periods from their starts and offsets. */
const periodsOf = (...rows: [start: number, offset: number][]): OffsetPeriod[] =>
  rows.map(([start, offset], index) => ({ start, until: rows[index + 1]?.[0] ?? MAX_TIME, offset, day: start, next_day: start }))

describe('findAlignedFrom', () => {
  test.each<[title: string, periods: OffsetPeriod[], time: number]>([
    ['the start of all time for a zone without changes', periodsOf([MIN_TIME, 0]), MIN_TIME],
    ['the start of all time if all changes are whole quarters', periodsOf([MIN_TIME, 900], [9_000, -2_700]), MIN_TIME],
    ['the change after which all offsets are whole quarters', periodsOf([MIN_TIME, 901], [9_000, 900], [18_000, 0]), 9_000],
    ['the last change that is no whole quarter', periodsOf([MIN_TIME, 900], [9_001, 1_800], [18_060, 900], [27_000, 0]), 18_060],
    ['the end of the last offset that is no whole quarter', periodsOf([MIN_TIME, 900], [9_060, 1_801], [18_000, 900], [27_000, 0]), 18_000],
    ['the end of all time for a zone whose offset is no whole quarter', periodsOf([MIN_TIME, 900], [9_000, 1_860]), MAX_TIME],
  ])('findAlignedFrom returns %s', (_, periods, time) => {
    expect(findAlignedFrom(periods)).toBe(time)
  })

  test.each([
    ['UTC', 'the start of all time'],
    ['Asia/Kathmandu', '1919-12-31T18:18:44.000Z'],
    ['Africa/Monrovia', '1972-01-07T00:44:30.000Z'],
    // The clock changed at 0:01 until 2011.
    ['America/St_Johns', '2011-03-13T03:31:00.000Z'],
  ])('findAlignedFrom of %s returns %s', (zone, time) => {
    const from = findAlignedFrom(offsetPeriods(zone))
    expect(from === MIN_TIME ? 'the start of all time' : new Date(1000 * from).toISOString()).toBe(time)
  })
})

test('parseOffsetPeriods returns the members of each period', () => {
  expect(parseOffsetPeriods('[[1,2,3,4,5],[2,9,8,7,6]]')).toEqual([
    { start: 1, until: 2, offset: 3, day: 4, next_day: 5 },
    { start: 2, until: 9, offset: 8, day: 7, next_day: 6 },
  ])
})

/** Replaces the time zones of Intl. */
const mockIntl = (build: (zone: string) => { format(ms: number): string }) =>
  vi.spyOn(Intl, 'DateTimeFormat').mockImplementation(function format(_: unknown, { timeZone }: Intl.DateTimeFormatOptions) {
    return build(timeZone!)
  } as never)

describe('offsetPeriods', () => {
  test.each([
    ['Asia/Manila', 1844],
    ['America/Juneau', 1867],
    ['America/New_York', 1883],
  ])('offsetPeriods of %s has the first change, which was in %i', (zone, year) => {
    const [first, second] = offsetPeriods(zone)
    expect(first).toMatchObject({ start: MIN_TIME, day: MIN_TIME, next_day: MIN_TIME, until: second!.start })
    expect(new Date(1000 * second!.start).getUTCFullYear()).toBe(year)
  })

  test.each([0, 1, 2, 3, 4, 5])('offsetPeriods finds an offset that lasts 3 days and 23 hours from %i days after 1 May 1939 on', (days) => {
    const start = Date.parse('1939-05-01T00:00:00Z') / 1000 + days * 86_400
    const until = start + 95 * 3_600
    const format = (ms: number) => (ms >= 1000 * start && ms < 1000 * until ? 'GMT+01:00' : 'GMT')
    mockIntl(() => ({ format }))
    expect(offsetPeriods(`zone from ${start}`).map((period) => [period.start, period.offset])).toEqual([
      [MIN_TIME, 0],
      [start, 3_600],
      [until, 0],
    ])
  })

  test('offsetPeriods ends with the last change before 2050, whose offset has no end', () => {
    const last = offsetPeriods('Europe/Berlin').at(-1)!
    expect([new Date(1000 * last.start).toISOString(), last.offset, last.until]).toEqual(['2049-10-31T01:00:00.000Z', 3_600, MAX_TIME])
  })

  test('offsetPeriods computes the periods of a zone once, and keeps those of the last 50 zones', () => {
    const computed: string[] = []
    mockIntl((zone) => {
      computed.push(zone)
      return { format: () => 'GMT' }
    })
    for (let n = 0; n < 50; n++) offsetPeriods(`zone ${n}`)
    for (let n = 0; n < 50; n++) offsetPeriods(`zone ${n}`)
    expect(computed).toHaveLength(50)
    offsetPeriods('zone 50')
    offsetPeriods('zone 1')
    offsetPeriods('zone 0')
    expect(computed.slice(50)).toEqual(['zone 50', 'zone 0'])
  })
})
