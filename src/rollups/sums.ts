import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { SUMMED_FIELDS } from '../schemas/reading-fields.ts'
import type { SummedField } from '../schemas/reading-fields.ts'
import type { OffsetPeriod } from './time-zones.ts'

/** Length of the last hour and the last day of a summary, in seconds. Both end with the newest reading. */
export const HOUR_SECONDS = 3_600
export const DAY_SECONDS = 86_400

/**
 * Returns SQL of a sum that is null without values, and at most the largest integer that JavaScript represents exactly.
 * `total()` cannot overflow, unlike `sum()`.
 */
const sum = (column: string) => `case when count(${column}) then cast(min(total(${column}), ${Number.MAX_SAFE_INTEGER}) as integer) end`

export type SumName = SummedField | 'compared' | 'readings' | 'goal_readings'
/** The columns of a sum, in the order of the tables. `compared` is the actual production of the readings that have a goal. */
export const SUM_NAMES: readonly SumName[] = [...SUMMED_FIELDS, 'compared', 'readings', 'goal_readings']

/** The sums of some readings; null if no reading has the figure. */
export type Sums = { [Name in SummedField | 'compared']: number | null } & { readings: number; goal_readings: number }

const sumEach = (table: string) => SUMMED_FIELDS.map((name) => `${sum(`${table}.${name}`)} as ${name}`).join(', ')

/** The sums of readings `r`. */
export const sumsOfReadings = sql.raw(
  `${sumEach('r')}, ${sum('case when r.goal is not null then r.actual end')} as compared,
  count(*) as readings, count(r.goal) as goal_readings`,
)

/** The sums of rows `h` that are themselves sums. */
export const sumsOfSums = sql.raw(
  `${sumEach('h')}, ${sum('h.compared')} as compared,
  coalesce(sum(h.readings), 0) as readings, coalesce(sum(h.goal_readings), 0) as goal_readings`,
)

/** The members of `Sums` in a JSON object. */
export const sumMembers = sql.raw(SUM_NAMES.map((name) => `'${name}', ${name}`).join(', '))

/** Selects the offset periods of the time zone of the outer query's `series` between two times, as JSON text. */
export const offsetPeriodsJson = (
  from: SQL,
  to: SQL,
) => sql<string>`(select json_group_array(json_array(z.start, until, "offset", day, next_day)
  order by z.start) from rollups as rollup join time_zone_offsets as z on z.time_zone = rollup.time_zone and until > ${from} and z.start <= ${to}
  where rollup.pk = series.rollup_pk)`

/** Parses the text of `offsetPeriodsJson`. */
export const parseOffsetPeriods = (json: string): OffsetPeriod[] =>
  (JSON.parse(json) as [number, number, number, number, number][]).map(([start, until, offset, day, next_day]) => ({
    start,
    until,
    offset,
    day,
    next_day,
  }))
