import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { QUARTER_SECONDS } from '../chunks/chunk.ts'
import type { Database } from '../db/client.ts'
import { time_zone_offsets } from '../db/schema.ts'
import { offsetPeriods } from './time-zones.ts'
import type { OffsetPeriod } from './time-zones.ts'
import { literal } from '../db/literal.ts'

const isAligned = (seconds: number) => seconds % QUARTER_SECONDS === 0

/** Returns the time from which every offset and every change of it is a multiple of a quarter of an hour. */
export const findAlignedFrom = (periods: readonly OffsetPeriod[]): number => {
  // There is such a period, because MIN_TIME, the start of the first one, is no multiple.
  const { start, offset, until } = periods.findLast((period) => !isAligned(period.offset) || !isAligned(period.start))!
  return isAligned(offset) ? start : until
}

/** Stores the offset periods of a zone if they are not stored. */
export const ensureTimeZone = (db: Database, timeZone: string) => {
  const periods = offsetPeriods(timeZone)
  return db.insert(time_zone_offsets)
    .select(sql`select ${timeZone}, value ->> 'start', value ->> 'until', value ->> 'offset', value ->> 'day',
    value ->> 'next_day', 0, ${findAlignedFrom(periods)} from json_each(${JSON.stringify(periods)})
    where not exists (select 1 from time_zone_offsets where time_zone = ${timeZone})`)
}

/** Returns the condition that `z`, a row of the offset periods, is the period of a zone at a time. */
export const isPeriodAt = (timeZone: SQL, time: SQL): SQL => sql`z.time_zone = ${timeZone}
    and z.start = (select max(start) from time_zone_offsets where time_zone = ${timeZone} and start <= ${time})`

/** Returns SQL for the time from which a zone is aligned (`findAlignedFrom`). Each row of the zone has it, so the first row is read. */
export const alignedFrom = (timeZone: SQL): SQL =>
  sql`coalesce((select aligned_from from time_zone_offsets where time_zone = ${timeZone}), ${literal(Number.MAX_SAFE_INTEGER)})`

/** Selects the offset periods of a time zone between two times, as JSON text. */
export const offsetPeriodsJson = (
  timeZone: SQL,
  from: SQL,
  to: SQL,
) => sql<string>`(select json_group_array(json_array(start, until, "offset", day, next_day)
  order by start) from time_zone_offsets where time_zone = ${timeZone} and until > ${from} and start <= ${to})`

/** Parses the text of `offsetPeriodsJson`. */
export const parseOffsetPeriods = (json: string): OffsetPeriod[] =>
  (JSON.parse(json) as [number, number, number, number, number][]).map(([start, until, offset, day, next_day]) => ({
    start,
    until,
    offset,
    day,
    next_day,
  }))
