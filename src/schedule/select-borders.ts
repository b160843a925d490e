import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import { CHUNK, chunkStartAt } from '../chunks/unpack.ts'
import { literal } from '../db/literal.ts'
import { DAY_SECONDS } from '../local-time/time-zones.ts'
import { WEEKDAYS } from '../schemas/weekdays.ts'

/** The zone and the schedule of a factory, as SQL, and a span. */
export interface PlannedSpan {
  timeZone: SQL
  schedule: SQLWrapper
  from: SQL | number
  to: SQL | number
}

const MINUTE = 60
const DAY = literal(DAY_SECONDS)

/** Returns SQL for a time of day of `shift` in seconds. */
const secondsOfShift = (name: 'start' | 'end') => {
  const time = `shift.value ->> '${name}'`
  return sql.raw(`${MINUTE} * (60 * substr(${time}, 1, 2) + substr(${time}, 4, 2))`)
}
const WEEKDAY_OF_DAY = sql.raw(`substr('${WEEKDAYS.join('')}', 1 + 3 * (((day + 3) % 7 + 7) % 7), 3)`)

/** Returns SQL for the number of a date, counted from 1970-01-01. */
const dayOf = (date: string) => sql.raw(`unixepoch(${date}) / ${DAY_SECONDS}`)

/**
 * Returns SQL for the dates of `span`, each once with the shifts of the version that is valid, and once with those of its exception if it
 * has one. It reads each version and exception once, but not the shifts of other dates.
 */
const selectDates = (schedule: SQLWrapper) => {
  const next = sql`${schedule} ->> ('$.versions[' || (version.key + 1) || '].valid_from')`
  return sql`select max(valid_from, first) as day, min(coalesce(unixepoch(next) / ${DAY} - 1, last), last) as until, value, false as is_exception from (
      select first, last, ${dayOf("version.value ->> 'valid_from'")} as valid_from, ${next} as next, version.value -> 'shifts' as value
      from json_each(${schedule}, '$.versions') as version cross join span) where day <= until
    union all select date, date, value, true from (
      select first, last, ${dayOf("exception.value ->> 'date'")} as date, exception.value -> 'shifts' as value
      from json_each(${schedule}, '$.exceptions') as exception cross join span) where date between first and last
    union all select day + 1, until, value, false from dates where day < until`
}

/**
 * Returns SQL for the times at which shifts of a span may start or end within a chunk: the start of the chunk, and the seconds since then.
 * A border that falls on a clock change may be missing. A shift that ends in the span starts at most three dates before.
 */
export const selectBorders = ({ timeZone, schedule, from, to }: PlannedSpan) => sql`with recursive
    span as materialized (select cast(${from} as integer) / ${DAY} - 3 as first, cast(${to} as integer) / ${DAY} + 1 as last),
    dates(day, until, value, is_exception) as (${selectDates(schedule)}),
    planned as (select day * ${DAY} + ${secondsOfShift('start')} as start, ${secondsOfShift('end')} - ${secondsOfShift('start')} as length
      from (select day, value, max(is_exception) as is_exception from dates group by day) as dated cross join json_each(dated.value) as shift
      where is_exception or instr(shift.value ->> 'days', ${WEEKDAY_OF_DAY})),
    edges as materialized (select start as local from planned
      union select start + (length + ${DAY} - 1) % ${DAY} + 1 from planned),
    periods as materialized (select z.start, z.until, z.offset from span cross join time_zone_offsets as z
      on z.time_zone = ${timeZone} and z.start <= last * ${DAY}
        and z.start >= (select max(start) from time_zone_offsets where time_zone = ${timeZone} and start <= first * ${DAY})),
    instants as (select local - offset as time from periods cross join edges on local - offset >= start and local - offset < until)
  select ${chunkStartAt(sql`time`)} as start, (time % ${CHUNK} + ${CHUNK}) % ${CHUNK} as border from instants where time % ${CHUNK} <> 0`
