/**
 * What a time zone does between two changes of its offset from UTC, in Unix seconds. SQLite knows no zones, so these rows are
 * kept in D1 and every bucket is reckoned from them: by a write in its own transaction, by a reader who fills gaps, and
 * by cron. All agree, whatever edition of the IANA database a runtime has.
 */
export interface OffsetPeriod {
  start: number
  /** The next regime's start. */
  until: number
  /** Local time is UTC plus this, in seconds. */
  offset: number
  /** Where the local day begins that `start` lies in. */
  day: number
  /** The first local midnight of the regime that begins a day. A date that a clock shows a second time begins none. */
  next_day: number
}

/** Before and after everything: the largest numbers that JavaScript and SQLite agree on. */
export const MIN_TIME = Number.MIN_SAFE_INTEGER
export const MAX_TIME = Number.MAX_SAFE_INTEGER

const HOUR = 3_600
const DAY = 86_400
/**
 * 1840. The first change of any zone was in 1844; before it each keeps local mean time, which the IANA database (2026c) knows
 * to the second.
 */
const FIRST = -4_102_444_800
/** 2050, with the rules that are known now; the last offset found holds after it. */
const LAST = 2_524_608_000
/** Less than any offset has lasted: 6 days and 23 hours on America/Noronha in 2000, 3 days and 23.7 hours in Freetown in 1939. */
const STEP = 3 * DAY
/** The last second that a Date can say (ECMA-262, section 21.4.1.1). */
const LAST_DATE = 8.64e12

/** Returns a function from Unix seconds to how far the clocks of a zone are ahead of UTC, in seconds; NaN beyond the dates. */
export const makeOffsetReader = (zone: string): ((seconds: number) => number) => {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, second: 'numeric', timeZoneName: 'longOffset' })
  return (seconds) => {
    if (!(Math.abs(seconds) <= LAST_DATE)) return NaN
    const [, sign, ...parts] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(1000 * seconds))!
    // The sign stands apart from the hours, which are 00 for -00:44:30.
    const [hours, minutes, rest] = parts.map((part) => Number(part ?? 0)) as [number, number, number]
    const offset = hours * HOUR + minutes * 60 + rest
    return sign === '-' ? -offset : offset
  }
}

/** The second in which the offset changes, between one that has the old and one that has the new. */
const findChange = (offsetAt: (seconds: number) => number, before: number, after: number): number => {
  const old = offsetAt(before)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(middle) === old) before = middle
    else after = middle
  }
  return after
}

/** Every change of a zone's offset from FIRST to LAST, after the offset that it begins with. */
const findChanges = (zone: string): { start: number; offset: number }[] => {
  const offsetAt = makeOffsetReader(zone)
  const starts = [{ start: MIN_TIME, offset: offsetAt(FIRST) }]
  for (let time = FIRST + STEP; time <= LAST; time += STEP) {
    const offset = offsetAt(time)
    if (offset !== starts.at(-1)!.offset) starts.push({ start: findChange(offsetAt, time - STEP, time), offset })
  }
  return starts
}

/** How far into its local day, or hour, a moment is. */
const into = (time: number, offset: number, length: number): number => (((time + offset) % length) + length) % length

/** The regimes of a zone of the IANA database, in order of time and without a gap. */
export const offsetPeriods = (zone: string): OffsetPeriod[] => {
  const starts = findChanges(zone)
  let date = -Infinity
  let day = MIN_TIME
  return starts.map(({ start, offset }, index) => {
    const until = starts[index + 1]?.start ?? MAX_TIME
    if (index === 0) {
      date = Math.floor((until - 1 + offset) / DAY)
      day = date * DAY - offset
      return { start, until, offset, day: MIN_TIME, next_day: MIN_TIME }
    }
    const dateAtStart = Math.floor((start + offset) / DAY)
    if (dateAtStart > date) day = start
    date = Math.max(date, dateAtStart)
    const regime = { start, until, offset, day, next_day: (date + 1) * DAY - offset }
    const dateAtEnd = Math.floor((until - 1 + offset) / DAY)
    if (dateAtEnd > date) [date, day] = [dateAtEnd, dateAtEnd * DAY - offset]
    return regime
  })
}

export type Resolution = 'hour' | 'day'

/** Where buckets begin in a regime, from a moment on: at its start if that begins one, then at whole local hours or midnights. */
const startsIn = function* ({ start, until, offset, day, next_day }: OffsetPeriod, resolution: Resolution, from: number) {
  const length = resolution === 'hour' ? HOUR : DAY
  if (start >= from && (resolution === 'hour' || day === start)) yield start
  const least = Math.max(from, resolution === 'hour' ? start + 1 : next_day)
  for (let next = least + ((length - into(least, offset, length)) % length); next < until; next += length) yield next
}

/**
 * Where the buckets of a zone begin, in order, from a moment on. A local hour begins anew where the offset changes within
 * it; a local day begins with the first moment of its date.
 * @param regimes of one zone, in order and without a gap
 */
export const bucketStarts = function* (regimes: readonly OffsetPeriod[], resolution: Resolution, from: number): Generator<number> {
  for (const regime of regimes) if (regime.until > from) yield* startsIn(regime, resolution, from)
}
