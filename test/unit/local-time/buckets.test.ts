import { describe, expect, test } from 'vitest'
import { bucketStarts, findBucket, LONGEST_SECONDS, offsetPeriods } from '../../../src/local-time/time-zones.ts'

// Promise: every time belongs to one bucket, which is the last one of `bucketStarts` that starts at or before the time.

const DAY = 86_400
/** Zones with changes at midnight, at noon, by half an hour, by a day, and by seconds. */
const ZONES = [
  'America/New_York',
  'America/Juneau',
  'America/Sao_Paulo',
  'Africa/Monrovia',
  'Asia/Manila',
  'Australia/Lord_Howe',
  'Europe/Amsterdam',
  'Pacific/Apia',
]
const RESOLUTIONS = ['hour', 'day'] as const

/** Returns the starts of the buckets of a zone from one time up to but not including another. */
const startsBetween = (zone: string, resolution: 'hour' | 'day', from: number, to: number): number[] => {
  const starts: number[] = []
  for (const start of bucketStarts(offsetPeriods(zone), resolution, from)) {
    if (start >= to) break
    starts.push(start)
  }
  return starts
}
/** Returns the starts around each change of a zone. */
const startsAroundChanges = (zone: string, resolution: 'hour' | 'day') =>
  offsetPeriods(zone)
    .slice(1, 40)
    .map(({ start }) => startsBetween(zone, resolution, start - 4 * DAY, start + 4 * DAY))

describe.each(RESOLUTIONS)('findBucket of a local %s', (resolution) => {
  test.each(ZONES)('findBucket returns the bucket from its first to its last second, around each change of %s', (zone) => {
    const periods = offsetPeriods(zone)
    for (const starts of startsAroundChanges(zone, resolution)) {
      for (const [index, start] of starts.slice(0, -1).entries()) {
        const next = starts[index + 1]!
        const found = [start, start + 1, Math.floor((start + next) / 2), next - 1].map((time) => findBucket(periods, resolution, time))
        if (found.some((each) => each !== start)) expect(found, `from ${start} to ${next}`).toEqual([start, start, start, start])
      }
    }
  })

  test('findBucket returns the local bucket of a time before the first change of the zone', () => {
    // Local mean time of New York was 4:56:02 behind UTC until 1883.
    const midnight = Date.parse('1870-01-01T04:56:02Z') / 1000
    const expected = { hour: midnight + 3_600, day: midnight }
    expect(findBucket(offsetPeriods('America/New_York'), resolution, midnight + 7_199)).toBe(expected[resolution])
  })

  test('findBucket returns a time before all periods as it is', () => {
    const [, ...later] = offsetPeriods('America/New_York')
    const time = Date.parse('1870-01-01T04:00:07Z') / 1000
    expect(findBucket(later, resolution, time)).toBe(time)
    expect(findBucket([], resolution, 7)).toBe(7)
  })

  test('bucketStarts begins with a bucket that starts at the given time, and not with an earlier one', () => {
    const [first, second] = startsBetween('Europe/Berlin', resolution, 1_600_000_000, 1_600_200_000)
    expect(startsBetween('Europe/Berlin', resolution, first!, second! + 1)).toEqual([first, second])
    expect(startsBetween('Europe/Berlin', resolution, first! + 1, second! + 1)).toEqual([second])
  })

  test('bucketStarts begins with the start of a period if a bucket starts there, and not one second later', () => {
    // The clock went from 24:00 on 29 December 2011 to 0:00 on 31 December.
    const change = Date.parse('2011-12-30T10:00:00Z') / 1000
    expect(startsBetween('Pacific/Apia', resolution, change, change + 1)).toEqual([change])
    expect(startsBetween('Pacific/Apia', resolution, change + 1, change + 3_600)).toEqual([])
  })
})

test('LONGEST_SECONDS is the length of the longest hour and of the longest day, which was in Alaska in 1867', () => {
  const longest = (resolution: 'hour' | 'day') =>
    Math.max(
      ...ZONES.flatMap((zone) => startsAroundChanges(zone, resolution))
        .flatMap((starts) => starts.slice(1).map((start, index) => start - starts[index]!))
        .values(),
    )
  expect({ hour: longest('hour'), day: longest('day') }).toEqual(LONGEST_SECONDS)
})
