import { expect, test } from 'vitest'
import { MAX_TIME, MIN_TIME, bucketStarts, makeOffsetReader, offsetPeriods } from '../../../src/rollups/time-zones.ts'
import type { OffsetPeriod } from '../../../src/rollups/time-zones.ts'

const DAY = 86_400
const at = (text: string) => Date.parse(text) / 1000

/** Returns a function to what the clocks of a zone show, read from their digits and not from the name of their offset. */
const makeWallClock = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  })
  return (time: number): number => {
    const [month, day, year, hour, minute, second] = format
      .format(1000 * time)
      .match(/\d+/g)!
      .map(Number)
    return Date.UTC(year!, month! - 1, day!, hour, minute, second) / 1000
  }
}

/** Moments that are the same in each run: some hundred from 1830 to 2049, and what surrounds each change. */
const momentsOf = (regimes: OffsetPeriod[]) => [
  ...Array.from({ length: 150 }, (_, n) => at('1830-01-01T00:00:00Z') + Math.floor(n * 535.7123 * DAY)).filter(
    (time) => time < at('2050-01-01'),
  ),
  ...regimes.slice(1).flatMap(({ start }) => [start - 1, start, start + 1]),
]

/** Regimes are computed once for all tests of this file. */
const computed = new Map<string, OffsetPeriod[]>()
const regimesFor = (zone: string) => {
  const regimes = computed.get(zone) ?? offsetPeriods(zone)
  computed.set(zone, regimes)
  return regimes
}

const ZONES = [...Intl.supportedValuesOf('timeZone'), 'UTC', 'Etc/GMT+5', 'Etc/GMT-14']

test('regimesOf has the offset that Intl shows, in every zone, before 1970 too', { timeout: 600_000 }, () => {
  for (const zone of ZONES) {
    const wallClock = makeWallClock(zone)
    const regimes = regimesFor(zone)
    expect([regimes[0]!.start, regimes.at(-1)!.until], zone).toEqual([MIN_TIME, MAX_TIME])
    for (const [n, { start, offset }] of regimes.slice(1).entries()) {
      if (start !== regimes[n]!.until || offset === regimes[n]!.offset) throw new Error(`${zone} does not change at ${start}`)
    }
    for (const time of momentsOf(regimes)) {
      const { offset } = regimes.find(({ until }) => until > time)!
      const meant = wallClock(time) - time
      if (offset !== meant) throw new Error(`${zone} is ${meant} s ahead at ${time}, not ${offset}`)
    }
  }
})

test('regimesOf finds every change that a daily look finds in the years of short offsets', { timeout: 600_000 }, () => {
  for (const zone of ZONES) {
    const offsetAt = makeOffsetReader(zone)
    const regimes = regimesFor(zone)
    let n = 0
    for (const [first, last] of [
      ['1914', '1948'],
      ['1998', '2012'],
    ])
      for (let time = at(first!); time < at(last!); time += DAY) {
        while (regimes[n]!.until <= time) n++
        if (offsetAt(time) !== regimes[n]!.offset) throw new Error(`${zone} at ${time}`)
      }
  }
})

test.each([
  ['Africa/Tunis', 1943],
  ['Europe/Simferopol', 1944],
  ['Europe/Vienna', 1945],
  ['America/Noronha', 2000],
  ['America/Recife', 2000],
  ['Africa/Cairo', 2010],
  ['Asia/Gaza', 2040],
])('regimesOf finds every change of %s in %d, where an offset lasted days', (zone, year) => {
  const offsetAt = makeOffsetReader(zone)
  const [first, last] = [at(String(year)), at(String(year + 1))]
  const seen: number[] = []
  for (let time = first; time < last; time += 900) if (offsetAt(time) !== offsetAt(time - 900)) seen.push(time)
  const found = regimesFor(zone).filter(({ start }) => start >= first && start < last)
  expect(found.map(({ start }) => Math.ceil(start / 900) * 900)).toEqual(seen)
  expect(seen.length).toBeGreaterThanOrEqual(2)
})

test.each(['Africa/Monrovia', 'Europe/Amsterdam', 'America/New_York', 'Pacific/Apia', 'Asia/Manila', 'America/Juneau', 'Asia/Kolkata'])(
  'bucketStarts of %s are where the hour or the date of the clock begins, around every change',
  (zone) => {
    const wallClock = makeWallClock(zone)
    const offsetAt = makeOffsetReader(zone)
    const regimes = regimesFor(zone)
    for (const { start } of regimes.slice(1, 60)) {
      const [from, to] = [start - 2 * DAY, start + 3 * DAY]
      const collect = (resolution: 'hour' | 'day') => {
        const found: number[] = []
        for (const time of bucketStarts(regimes, resolution, from)) {
          if (time >= to) break
          found.push(time)
        }
        return found
      }
      const [hours, days]: [number[], number[]] = [[], []]
      let latest = Math.floor(wallClock(from - 4 * DAY) / DAY)
      for (let time = from - 4 * DAY - 1; time < from; time += 1_800) latest = Math.max(latest, Math.floor(wallClock(time) / DAY))
      const hourAt = (time: number) => `${Math.floor(wallClock(time) / 3_600)} ${offsetAt(time)}`
      // Half hours of every offset in sight, and the changes themselves: nothing else can begin an hour or a date.
      const offsets = new Set<number>()
      for (let time = from; time < to; time += 3_600) offsets.add(offsetAt(time))
      const candidates = new Set(regimes.map((regime) => regime.start))
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

test('Africa/Monrovia is 44 minutes and a half behind UTC until 1972', () => {
  expect(makeOffsetReader('Africa/Monrovia')(0)).toBe(-2_670)
  const [before, after] = regimesFor('Africa/Monrovia').slice(-2)
  expect([before!.offset, after!.offset, new Date(1000 * after!.start).toISOString()]).toEqual([-2_670, 0, '1972-01-07T00:44:30.000Z'])
})

test('makeOffsetReader knows no offset beyond the dates of JavaScript', () => {
  const offsetAt = makeOffsetReader('Europe/Berlin')
  expect([offsetAt(9e15), offsetAt(-9e15), offsetAt(Number.NaN)]).toEqual([Number.NaN, Number.NaN, Number.NaN])
})
