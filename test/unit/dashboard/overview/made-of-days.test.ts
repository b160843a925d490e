import { expect, test } from 'vitest'
import { createDayFinder } from '../../../../src/dashboard/overview/made-of-days.ts'

// Promise: today and yesterday are the local days of the factory, also when its clocks change.

const at = (text: string) => Date.parse(text) / 1000

/** Returns the hours from a time on, each with one sprocket. */
const hoursFrom = (start: string, count: number) => {
  const time = Array.from({ length: count }, (_, n) => at(start) + n * 3_600)
  return { time, sprocket_production_actual: time.map(() => 1) }
}

test.each([
  ['UTC', '2026-01-05T00:00Z', '2026-01-06T10:30Z', 11, 24],
  ['Asia/Kolkata', '2026-01-04T18:30Z', '2026-01-06T10:30Z', 16, 24],
  ['a day of 25 hours', '2026-10-24T22:00Z', '2026-10-26T10:30Z', 12, 25, 'Europe/Berlin'],
  ['a day of 23 hours', '2026-03-28T23:00Z', '2026-03-30T10:30Z', 13, 23, 'Europe/Berlin'],
])('createDayFinder adds up the hours of two local days: %s', (name, start, now, today, yesterday, zone = name) => {
  expect(createDayFinder(hoursFrom(start, today + yesterday), zone)(Date.parse(now))).toEqual({ today, yesterday })
})

test('createDayFinder returns null for a day without a known figure', () => {
  const hours = { time: [at('2026-01-05T10:00Z')], sprocket_production_actual: [null] }
  expect(createDayFinder(hours, 'UTC')(Date.parse('2026-01-06T10:30Z'))).toEqual({ today: null, yesterday: null })
  expect(createDayFinder({ time: [], sprocket_production_actual: [] }, 'UTC')(0)).toEqual({ today: null, yesterday: null })
})
