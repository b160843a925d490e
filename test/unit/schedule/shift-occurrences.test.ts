import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { offsetPeriods } from '../../../src/local-time/time-zones.ts'
import { findScheduleErrors } from '../../../src/schedule/schedule-errors.ts'
import { findOccurrences } from '../../../src/schedule/shift-occurrences.ts'
import type { Schedule } from '../../../src/schemas/schedules.ts'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { CLOCK_CHANGES } from '../../support/clock-changes.ts'
import { schedulesAround } from '../../support/schedules.ts'
import { shiftsOfDates } from '../../support/shift-model.ts'

// Promise: shifts follow the clock of the factory's zone, also when it changes, and none overlaps another.

type Times = [start: string, end: string, ...breaks: [start: string, end: string][]]

/** Returns the schedule of shifts that start on every day. */
const everyDay = (...shifts: Times[]): Schedule => ({
  versions: [
    {
      valid_from: '2000-01-01',
      shifts: shifts.map(([start, end, ...breaks], index) => ({
        name: `Shift ${index}`,
        days: [...WEEKDAYS],
        start,
        end,
        breaks: breaks.map(([begin, finish]) => ({ start: begin, end: finish })),
        target: null,
      })),
    },
  ],
  exceptions: [],
})

const at = (text: string) => Date.parse(text) / 1000
const iso = (time: number) => new Date(time * 1000).toISOString().slice(0, 16)

/** Returns the shifts of a date as text. */
const shownOn = (schedule: Schedule, zone: string, date: string) =>
  findOccurrences(schedule, offsetPeriods(zone), { from: at(`${date}T00:00Z`) - 2 * 86_400, to: at(`${date}T00:00Z`) + 3 * 86_400 })
    .filter((shift) => shift.date === date)
    .map(({ from, to, planned_seconds }) => [iso(from), iso(to), planned_seconds / 3600])

describe('the shifts of a date', () => {
  test.each<[title: string, schedule: Schedule, zone: string, date: string, shifts: unknown[]]>([
    ['an overnight shift', everyDay(['22:00', '06:00']), 'UTC', '2026-01-05', [['2026-01-05T22:00', '2026-01-06T06:00', 8]]],
    ['a shift of 24 hours', everyDay(['06:00', '06:00']), 'Asia/Kolkata', '2026-01-05', [['2026-01-05T00:30', '2026-01-06T00:30', 24]]],
    [
      'a break across midnight',
      everyDay(['22:00', '06:00', ['23:45', '00:15']]),
      'UTC',
      '2026-01-05',
      [['2026-01-05T22:00', '2026-01-06T06:00', 7.5]],
    ],
    [
      'a night on which clocks go forward',
      everyDay(['22:00', '06:00']),
      'America/New_York',
      '2026-03-07',
      [['2026-03-08T03:00', '2026-03-08T10:00', 7]],
    ],
    [
      'a night on which clocks go back',
      everyDay(['22:00', '06:00']),
      'America/New_York',
      '2026-10-31',
      [['2026-11-01T02:00', '2026-11-01T11:00', 9]],
    ],
    [
      'a start that does not exist',
      everyDay(['02:30', '04:00']),
      'America/New_York',
      '2026-03-08',
      [['2026-03-08T07:00', '2026-03-08T08:00', 1]],
    ],
    [
      'a start that exists twice',
      everyDay(['01:30', '04:00']),
      'America/New_York',
      '2026-11-01',
      [['2026-11-01T05:30', '2026-11-01T09:00', 3.5]],
    ],
    ['a shift within the gap of a clock change', everyDay(['02:00', '03:00']), 'America/New_York', '2026-03-08', []],
    [
      'a change by half an hour',
      everyDay(['22:00', '06:00']),
      'Australia/Lord_Howe',
      '2024-10-05',
      [['2024-10-05T11:30', '2024-10-05T19:00', 7.5]],
    ],
    ['a skipped date', everyDay(['06:00', '14:00']), 'Pacific/Apia', '2011-12-30', []],
    [
      'a night before a skipped date',
      everyDay(['22:00', '06:00']),
      'Pacific/Apia',
      '2011-12-29',
      [['2011-12-30T08:00', '2011-12-30T10:00', 2]],
    ],
    [
      'the begin of Ramadan in Morocco',
      everyDay(['22:00', '06:00']),
      'Africa/Casablanca',
      '2024-03-09',
      [['2024-03-09T21:00', '2024-03-10T06:00', 9]],
    ],
  ])('findOccurrences returns %s', (_, schedule, zone, date, shifts) => expect(shownOn(schedule, zone, date)).toEqual(shifts))

  test('findOccurrences takes the shifts of an exception, and of the version of the date', () => {
    const [first] = everyDay(['06:00', '14:00']).versions
    const [second] = everyDay(['08:00', '12:00']).versions
    const schedule: Schedule = {
      versions: [first!, { ...second!, valid_from: '2026-01-07' }],
      exceptions: [{ date: '2026-01-08', shifts: [], note: 'Holiday' }],
    }
    const hours = ['1999-12-31', '2026-01-06', '2026-01-07', '2026-01-08', '2026-01-09'].map((date) => shownOn(schedule, 'UTC', date))
    expect(hours.map((shifts) => shifts.map(([, , planned]) => planned))).toEqual([[], [8], [4], [], [4]])
  })

  test('findOccurrences returns the shifts with a part in a half-open span', () => {
    const schedule = everyDay(['06:00', '14:00'], ['14:00', '22:00'])
    const within = (from: string, to: string) =>
      findOccurrences(schedule, offsetPeriods('UTC'), { from: at(from), to: at(to) }).map((shift) => iso(shift.from))
    expect(within('2026-01-05T14:00Z', '2026-01-05T22:00Z')).toEqual(['2026-01-05T14:00'])
    expect(within('2026-01-05T13:59Z', '2026-01-05T14:00Z')).toEqual(['2026-01-05T06:00'])
    expect(within('2026-01-05T22:00Z', '2026-01-06T06:00Z')).toEqual([])
  })
})

const changes = fc.constantFrom(...CLOCK_CHANGES)
const planned = changes.chain(([zone, change]) =>
  schedulesAround(change)
    .filter((schedule) => findScheduleErrors(schedule).length === 0)
    .map((schedule) => ({ zone, change, schedule })),
)

test('findOccurrences equals a model that walks the clock minute by minute', () => {
  fc.assert(
    fc.property(planned, ({ zone, change, schedule }) => {
      const middle = at(change)
      const dateOf = (time: number) => iso(time).slice(0, 10)
      const [from, to] = [middle - 2 * 86_400, middle + 2 * 86_400]
      const expected = shiftsOfDates(schedule, zone, dateOf(from - 4 * 86_400), dateOf(to + 2 * 86_400)).filter(
        (shift) => shift.from < to && shift.to > from,
      )
      const found = findOccurrences(schedule, offsetPeriods(zone), { from, to })
      expect(found).toEqual(expected)
      for (const [index, shift] of found.slice(1).entries()) expect(shift.from).toBeGreaterThanOrEqual(found[index]!.to)
    }),
    { numRuns: 100 },
  )
})
