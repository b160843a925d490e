import { describe, expect, test } from 'vitest'
import { computeHourRows, listHours } from '../../../../src/dashboard/factory/hour-rows.ts'
import type { Stop } from '../../../../src/dashboard/factory/hour-rows.ts'
import type { Shift } from '../../../../src/dashboard/factory/period.ts'

// Promise: the rows of the board add up the readings of each hour of a shift, and spread its target over its planned time.

const HOUR = 3600
const at = (hour: number) => Date.UTC(2026, 3, 7, 0) / 1000 + hour * HOUR
const UTC = 'UTC'

describe('listHours', () => {
  test('listHours cuts the first and the last hour at the borders of the period', () => {
    expect(listHours({ from: at(6.5), to: at(8.25) }, UTC)).toEqual([
      { from: at(6.5), to: at(7) },
      { from: at(7), to: at(8) },
      { from: at(8), to: at(8.25) },
    ])
  })

  test('listHours follows the local hours of a zone that is not whole hours from UTC', () => {
    expect(listHours({ from: at(0), to: at(1) }, 'Asia/Kathmandu').map(({ from }) => (from - at(0)) / 60)).toEqual([0, 15])
  })

  test.each([
    ['2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 23],
    ['2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 25],
  ])('listHours lists every hour of the day from %s to %s, on which clocks change', (from, to, count) => {
    expect(listHours({ from: Date.parse(from) / 1000, to: Date.parse(to) / 1000 }, 'Europe/Berlin')).toHaveLength(count)
  })
})

describe('computeHourRows', () => {
  /** Readings every ten minutes from 6:00 to 8:20, each with 10 made and a goal of 11. */
  const time = Array.from({ length: 15 }, (_, n) => at(6) + n * 600)
  const points = time.map((each) => ({ time: each, actual: 10, goal: 11, scrap: null, readings: 1 }))
  const period = { from: at(6), to: at(10), shift: undefined }
  const compute = (shift?: Partial<Shift>, more: Partial<Parameters<typeof computeHourRows>[2]> = {}) =>
    computeHourRows({ ...period, shift: shift as Shift | undefined }, UTC, { points, states: [], stops: [], latest: time.at(-1), ...more })

  test('computeHourRows adds up goals if the shift has no target', () => {
    expect(compute().map(({ plan, made, gap, cumulative }) => [plan, made, gap, cumulative])).toEqual([
      [66, 60, -6, -6],
      [66, 60, -6, -12],
      [33, 30, -3, -15],
      [null, null, null, null],
    ])
  })

  test('computeHourRows spreads the target over planned time, and compares the current hour with its elapsed part', () => {
    const states = [{ from: at(7), to: at(7.5), state: 'not-planned' as const }]
    const rows = compute({ target: 350, planned_seconds: 3.5 * HOUR }, { states, latest: at(8.5) - 1 })
    expect(rows.map(({ plan, due }) => [plan, due])).toEqual([
      [100, 100],
      [50, 50],
      [100, 50],
      [100, 0],
    ])
    expect(rows.map(({ isCurrent, isFuture }) => [isCurrent, isFuture])).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [false, true],
    ])
  })

  test('computeHourRows has no plan for a shift whose breaks cover all of it', () => {
    const states = [{ from: at(6), to: at(10), state: 'not-planned' as const }]
    const rows = compute({ target: 350, planned_seconds: 0 }, { states })
    expect(rows.map(({ plan, due, gap, cumulativeDue, isUnplanned }) => [plan, due, gap, cumulativeDue, isUnplanned])).toEqual(
      rows.map(() => [null, null, null, 0, true]),
    )
  })

  test('computeHourRows compares the cumulative gap with the plan of the hours with known production', () => {
    const unknown = points.map((point) => ({ ...point, actual: point.time < at(7) ? null : 10 }))
    const rows = compute({ target: 400, planned_seconds: 4 * HOUR }, { points: unknown, latest: at(8.5) - 1 })
    expect(rows.map(({ gap, cumulative, cumulativeDue }) => [gap, cumulative, cumulativeDue])).toEqual([
      [null, null, 0],
      [-40, -40, 100],
      [-20, -60, 150],
      [null, null, 150],
    ])
  })

  test('computeHourRows splits a stop at the hour and leaves out the time that is not planned', () => {
    const states = [{ from: at(7), to: at(7.25), state: 'not-planned' as const }]
    const stop = { from: at(6.75), to: at(7.5), reason: 'jam' } as Stop
    expect(compute({}, { states, stops: [stop] }).map(({ stops }) => stops.map(({ seconds }) => seconds))).toEqual([[900], [900], [], []])
  })

  test('computeHourRows ends a stop without an end at the newest reading', () => {
    const stop = { from: at(8), to: null } as Stop
    expect(compute({}, { stops: [stop] })[2]!.stops[0]!.seconds).toBe(1_201)
  })

  test('computeHourRows reports missing readings of hours that are over', () => {
    const kept = points.filter((_, n) => n < 6 || n > 9)
    expect(compute({}, { points: kept }).map(({ missing }) => missing)).toEqual([undefined, '2 of about 6', undefined, undefined])
  })
})
