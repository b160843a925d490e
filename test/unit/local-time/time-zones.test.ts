import { expect, test } from 'vitest'
import { bucketStarts, makeOffsetReader, offsetPeriods } from '../../../src/local-time/time-zones.ts'
import type { OffsetPeriod } from '../../../src/local-time/time-zones.ts'
import { makeWallClock } from '../../support/wall-clock.ts'

// Promise: offset periods and starts of buckets are right in zones with unusual changes. test/integration/local-time compares every zone
// with Intl.

const DAY = 86_400
const at = (text: string) => Date.parse(text) / 1000

const cache = new Map<string, readonly OffsetPeriod[]>()
/** Returns the offset periods of a zone, computed once for all tests of this file. */
const periodsOf = (zone: string) => {
  const periods = cache.get(zone) ?? offsetPeriods(zone)
  cache.set(zone, periods)
  return periods
}

test.each([
  ['Africa/Tunis', 1943],
  ['Europe/Simferopol', 1944],
  ['Europe/Vienna', 1945],
  ['America/Noronha', 2000],
  ['America/Recife', 2000],
  ['Africa/Cairo', 2010],
  ['Asia/Gaza', 2040],
])('offsetPeriods finds every change of %s in %d, when an offset lasted only days', (zone, year) => {
  const offsetAt = makeOffsetReader(zone)
  const [first, last] = [at(String(year)), at(String(year + 1))]
  const seen: number[] = []
  for (let time = first; time < last; time += 900) if (offsetAt(time) !== offsetAt(time - 900)) seen.push(time)
  const found = periodsOf(zone).filter(({ start }) => start >= first && start < last)
  expect(found.map(({ start }) => Math.ceil(start / 900) * 900)).toEqual(seen)
  expect(seen.length).toBeGreaterThanOrEqual(2)
})

test.each(['Africa/Monrovia', 'Europe/Amsterdam', 'America/New_York', 'Pacific/Apia', 'Asia/Manila', 'America/Juneau', 'Asia/Kolkata'])(
  'bucketStarts of %s returns the times at which a local hour or date begins, around every change',
  (zone) => {
    const wallClock = makeWallClock(zone)
    const offsetAt = makeOffsetReader(zone)
    const periods = periodsOf(zone)
    for (const { start } of periods.slice(1, 60)) {
      const [from, to] = [start - 2 * DAY, start + 3 * DAY]
      const collect = (resolution: 'hour' | 'day') => {
        const found: number[] = []
        for (const time of bucketStarts(periods, resolution, from)) {
          if (time >= to) break
          found.push(time)
        }
        return found
      }
      const [hours, days]: [number[], number[]] = [[], []]
      let latest = Math.floor(wallClock(from - 4 * DAY) / DAY)
      for (let time = from - 4 * DAY - 1; time < from; time += 1_800) latest = Math.max(latest, Math.floor(wallClock(time) / DAY))
      const hourAt = (time: number) => `${Math.floor(wallClock(time) / 3_600)} ${offsetAt(time)}`
      // An hour or a date begins only at a half hour of one of these offsets, or at a change.
      const offsets = new Set<number>()
      for (let time = from; time < to; time += 3_600) offsets.add(offsetAt(time))
      const candidates = new Set(periods.map((period) => period.start))
      for (const offset of offsets)
        for (let time = Math.ceil((from + offset) / 1_800) * 1_800 - offset; time < to; time += 1_800) candidates.add(time)
      for (const time of [...candidates].filter((each) => each >= from && each < to).toSorted((a, b) => a - b)) {
        if (hourAt(time) !== hourAt(time - 1)) hours.push(time)
        const date = Math.floor(wallClock(time) / DAY)
        if (date > latest) {
          days.push(time)
          latest = date
        }
      }
      expect([collect('hour'), collect('day')], String(start)).toEqual([hours, days])
    }
  },
)

test('makeOffsetReader and offsetPeriods return 44 min 30 s behind UTC for Africa/Monrovia until 1972', () => {
  expect(makeOffsetReader('Africa/Monrovia')(0)).toBe(-2_670)
  const [before, after] = periodsOf('Africa/Monrovia').slice(-2)
  expect([before!.offset, after!.offset, new Date(1000 * after!.start).toISOString()]).toEqual([-2_670, 0, '1972-01-07T00:44:30.000Z'])
})

test('makeOffsetReader returns NaN beyond the dates of JavaScript', () => {
  const offsetAt = makeOffsetReader('Asia/Kolkata')
  expect([offsetAt(8.64e12), offsetAt(-8.64e12)]).toEqual([19_800, 21_208])
  for (const time of [8.64e12 + 1, -8.64e12 - 1, 9e15, -9e15, Number.NaN]) expect(offsetAt(time)).toBeNaN()
})
