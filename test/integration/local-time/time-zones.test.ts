import { expect, test } from 'vitest'
import { MAX_TIME, MIN_TIME, makeOffsetReader, offsetPeriods } from '../../../src/local-time/time-zones.ts'
import type { OffsetPeriod } from '../../../src/local-time/time-zones.ts'
import { makeWallClock } from '../../support/wall-clock.ts'

// Promise: the offset periods of every zone agree with Intl. The comparison takes a minute, so it is not in test/unit.

const DAY = 86_400
const at = (text: string) => Date.parse(text) / 1000

/** Returns the same times in each run: 150 from 1830 to 2049, and the seconds around each change of the offset. */
const sampleTimes = (periods: readonly OffsetPeriod[]) => [
  ...Array.from({ length: 150 }, (_, n) => at('1830-01-01T00:00:00Z') + Math.floor(n * 535.7123 * DAY)).filter(
    (time) => time < at('2050-01-01'),
  ),
  ...periods.slice(1).flatMap(({ start }) => [start - 1, start, start + 1]),
]

const cache = new Map<string, readonly OffsetPeriod[]>()
/** Returns the offset periods of a zone, computed once for all tests of this file. */
const periodsOf = (zone: string) => {
  const periods = cache.get(zone) ?? offsetPeriods(zone)
  cache.set(zone, periods)
  return periods
}

const ZONES = [...Intl.supportedValuesOf('timeZone'), 'UTC', 'Etc/GMT+5', 'Etc/GMT-14']

test('offsetPeriods has the offset that Intl shows, in every zone, also before 1970', { timeout: 600_000 }, () => {
  for (const zone of ZONES) {
    const wallClock = makeWallClock(zone)
    const periods = periodsOf(zone)
    expect([periods[0]!.start, periods.at(-1)!.until], zone).toEqual([MIN_TIME, MAX_TIME])
    for (const [n, { start, offset }] of periods.slice(1).entries()) {
      if (start !== periods[n]!.until || offset === periods[n]!.offset) throw new Error(`${zone} does not change at ${start}`)
    }
    for (const time of sampleTimes(periods)) {
      const { offset } = periods.find(({ until }) => until > time)!
      const expected = wallClock(time) - time
      if (offset !== expected) throw new Error(`${zone} is ${expected} s ahead at ${time}, not ${offset}`)
    }
  }
})

test('offsetPeriods finds every change that a daily comparison finds in the years with short-lived offsets', { timeout: 600_000 }, () => {
  for (const zone of ZONES) {
    const offsetAt = makeOffsetReader(zone)
    const periods = periodsOf(zone)
    let n = 0
    for (const [first, last] of [
      ['1914', '1948'],
      ['1998', '2012'],
    ])
      for (let time = at(first!); time < at(last!); time += DAY) {
        while (periods[n]!.until <= time) n++
        if (offsetAt(time) !== periods[n]!.offset) throw new Error(`${zone} at ${time}`)
      }
  }
})
