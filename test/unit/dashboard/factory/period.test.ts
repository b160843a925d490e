import { describe, expect, test } from 'vitest'
import { findNeighbour, findPeriod } from '../../../../src/dashboard/factory/period.ts'
import type { Calendar, Shift } from '../../../../src/dashboard/factory/period.ts'

// Promise: the page of a factory shows the current shift, or the day without a schedule, and leads to the one before and after.

const at = (hour: number) => Date.UTC(2026, 3, 7, 0) / 1000 + hour * 3600
const shift = (from: number, to: number) => ({ from: at(from), to: at(to) }) as Shift
const [night, early, late] = [shift(-2, 6), shift(6, 14), shift(14, 22)]
const calendar: Calendar = { zone: 'UTC', latest: at(11), shifts: [night, early, late], current: early }
const days: Calendar = { ...calendar, shifts: undefined, current: undefined }

describe('findPeriod', () => {
  test('findPeriod returns the current shift, or the earlier one between two shifts', () => {
    expect(findPeriod({ last: undefined }, calendar)?.shift).toBe(early)
    expect(findPeriod({ last: 'shift' }, { ...calendar, current: undefined, latest: at(6.5), shifts: [night] })?.shift).toBe(night)
  })

  test('findPeriod returns the local day of the newest reading without a schedule', () => {
    expect(findPeriod({ last: undefined }, days)).toEqual({ from: at(0), to: at(24), shift: undefined })
    expect(findPeriod({ last: 'shift' }, { ...days, zone: 'Asia/Tokyo' })).toEqual({ from: at(-9), to: at(15), shift: undefined })
  })

  test('findPeriod recognises shifts and days, and no other interval', () => {
    expect(findPeriod({ from: at(14), to: at(22) }, calendar)?.shift).toBe(late)
    expect(findPeriod({ from: at(-24), to: at(0) }, calendar)).toEqual({ from: at(-24), to: at(0), shift: undefined })
    expect(findPeriod({ from: at(0), to: at(23) }, calendar)).toBeUndefined()
    expect(findPeriod({ last: 'week' }, calendar)).toBeUndefined()
  })
})

describe('findNeighbour', () => {
  test('findNeighbour leads to the shift before, and to none that has not begun', () => {
    expect(findNeighbour({ ...early, shift: early }, calendar, -1)).toEqual({ from: at(-2), to: at(6) })
    expect(findNeighbour({ ...early, shift: early }, calendar, 1)).toBeUndefined()
    expect(findNeighbour({ ...night, shift: night }, calendar, 1)).toEqual({ last: 'shift' })
  })

  test('findNeighbour leads to the days before and after', () => {
    const day = { from: at(-24), to: at(0), shift: undefined }
    expect(findNeighbour(day, days, -1)).toEqual({ from: at(-48), to: at(-24) })
    expect(findNeighbour(day, days, 1)).toEqual({ last: 'day' })
    expect(findNeighbour({ from: at(0), to: at(24), shift: undefined }, days, 1)).toBeUndefined()
  })
})
