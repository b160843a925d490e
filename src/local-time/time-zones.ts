import { setBounded } from '../runtime/bounded-map.ts'

/**
 * The period between two changes of a time zone's offset from UTC. All times are Unix seconds. SQLite has no time zones, so D1
 * stores these rows, and every bucket is computed from them: by a write in its transaction, by a read that fills gaps, and by
 * cron. So all agree, even if their runtimes have different editions of the IANA database.
 */
export interface OffsetPeriod {
  start: number
  /** Start of the next period. */
  until: number
  /** Local time is UTC plus this, in seconds. */
  offset: number
  /** Start of the local day that contains `start`. */
  day: number
  /** The first local midnight of the period that starts a day. A date that the clock shows a second time starts no day. */
  next_day: number
}

/** Bounds of all times: the largest integers that JavaScript and SQLite both represent exactly. */
export const MIN_TIME = Number.MIN_SAFE_INTEGER
export const MAX_TIME = Number.MAX_SAFE_INTEGER

/** Seconds of an hour and of a day without a clock change. */
export const HOUR_SECONDS = 3_600
export const DAY_SECONDS = 86_400
const [HOUR, DAY] = [HOUR_SECONDS, DAY_SECONDS]
/** The longest hour and day, in seconds. One date lasted two days in Alaska in 1867, when the clocks went back by 24 hours. */
export const LONGEST_SECONDS = { hour: HOUR, day: 2 * DAY } as const
/**
 * 1840. The first change of any zone was in 1844. Before its first change a zone has local mean time, which the IANA database
 * (2026c) gives to the second.
 */
const SEARCH_FROM = -4_102_444_800
/** 2050, by the current rules. The last offset found applies after it. */
const SEARCH_UNTIL = 2_524_608_000
/** Search step. Every offset lasted longer: 3 days and 23.7 hours in Freetown in 1939, 6 days and 23 hours in Noronha in 2000. */
const STEP = 3 * DAY
/** The last second that a Date can represent (ECMA-262, section 21.4.1.1). */
const LAST_DATE = 8.64e12

/** Returns a function that maps Unix seconds to the UTC offset of the zone in seconds, or NaN outside the range of Date. */
export const makeOffsetReader = (zone: string): ((seconds: number) => number) => {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, second: 'numeric', timeZoneName: 'longOffset' })
  return (seconds) => {
    if (!(Math.abs(seconds) <= LAST_DATE)) return NaN
    const [, sign, ...parts] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(1000 * seconds))!
    // The sign is a separate group, because the hours of -00:44:30 are 00.
    const [hours, minutes, rest] = parts.map((part) => Number(part ?? 0)) as [number, number, number]
    const offset = hours * HOUR + minutes * 60 + rest
    return sign === '-' ? -offset : offset
  }
}

/** Returns the first second with the new offset. `before` has the old offset, `after` the new one. */
const findChange = (offsetAt: (seconds: number) => number, before: number, after: number): number => {
  const old = offsetAt(before)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(middle) === old) before = middle
    else after = middle
  }
  return after
}

/** Returns the first offset of a zone and every change from SEARCH_FROM to SEARCH_UNTIL. */
const findChanges = (zone: string): { start: number; offset: number }[] => {
  const offsetAt = makeOffsetReader(zone)
  const starts = [{ start: MIN_TIME, offset: offsetAt(SEARCH_FROM) }]
  for (let before = SEARCH_FROM; before < SEARCH_UNTIL; before += STEP) {
    const after = before + STEP
    const offset = offsetAt(after)
    if (offset !== starts.at(-1)!.offset) starts.push({ start: findChange(offsetAt, before, after), offset })
  }
  return starts
}

/** Returns the seconds of a local time since the start of its day or hour of `length` seconds. */
const secondsInto = (localTime: number, length: number): number => ((localTime % length) + length) % length

/** Returns the date of a local time, in days since 1970. */
const dateAt = (localTime: number): number => Math.floor(localTime / DAY)
/** Returns the date of the last second before a local time. */
const dateBefore = (localTime: number): number => Math.ceil(localTime / DAY) - 1

/** Computes the offset periods of a zone. */
const findPeriods = (zone: string): readonly OffsetPeriod[] => {
  const starts = findChanges(zone)
  /** The latest local date before a period, and its start. */
  let date = -Infinity
  let day = MIN_TIME
  return starts.map(({ start, offset }, index) => {
    const until = starts[index + 1]?.start ?? MAX_TIME
    const dateAtStart = dateAt(start + offset)
    if (dateAtStart > date) day = start
    const period = { start, until, offset, day, next_day: index === 0 ? MIN_TIME : (Math.max(date, dateAtStart) + 1) * DAY - offset }
    // A period lasts at least STEP, so it ends on a later date than it starts, also if the clock has just gone back to an earlier date.
    date = dateBefore(until + offset)
    day = date * DAY - offset
    return period
  })
}

/** Maximum number of zones whose periods an isolate keeps: at most 20 KB each. */
const MAX_KEPT_ZONES = 50
const kept = new Map<string, readonly OffsetPeriod[]>()

/**
 * Returns the offset periods of a zone of the IANA database, in order and without gaps. The first call for a zone takes about 60 ms of CPU
 * time.
 */
export const offsetPeriods = (zone: string): readonly OffsetPeriod[] => {
  const periods = kept.get(zone) ?? findPeriods(zone)
  setBounded(kept, zone, periods, MAX_KEPT_ZONES)
  return periods
}

export type Resolution = 'hour' | 'day'

/** Yields the starts of buckets in a period from `from` on: its own start if a bucket starts there, then local hours or midnights. */
const startsIn = function* ({ start, until, offset, day, next_day }: OffsetPeriod, resolution: Resolution, from: number) {
  const length = resolution === 'hour' ? HOUR : DAY
  if (start >= from && (resolution === 'hour' || day === start)) yield start
  const earliest = Math.max(from, resolution === 'hour' ? start + 1 : next_day)
  for (let next = earliest + ((length - secondsInto(earliest + offset, length)) % length); next < until; next += length) yield next
}

/**
 * Yields the starts of a zone's buckets in order, from `from` (Unix seconds) on. If the offset changes within a local hour, a new
 * bucket starts there. A local day starts with the first second of its date.
 * @param periods offset periods of one zone, in order and without gaps
 */
export const bucketStarts = function* (periods: readonly OffsetPeriod[], resolution: Resolution, from: number): Generator<number> {
  for (const period of periods) yield* startsIn(period, resolution, from)
}

/** Returns the start of the bucket that contains a time in an offset period. */
const bucketIn = ({ start, offset, day, next_day }: OffsetPeriod, resolution: Resolution, time: number): number => {
  if (resolution === 'hour') return Math.max(start, time - secondsInto(time + offset, HOUR))
  const midnight = time - secondsInto(time + offset, DAY)
  return midnight < next_day ? day : midnight
}

/**
 * Returns the start of the bucket of a zone that contains a time. A time before all periods is returned as it is.
 * @param periods offset periods of one zone, in order and without gaps
 */
export const findBucket = (periods: readonly OffsetPeriod[], resolution: Resolution, time: number): number => {
  const period = periods.findLast(({ start }) => start <= time)
  return period ? bucketIn(period, resolution, time) : time
}
