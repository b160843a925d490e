import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { eachField } from '../db/reading-sql.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { series } from '../db/schema.ts'
import { FIELD_NAMES, SUMMED_FIELDS } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import { newestTime } from './newest-reading.ts'
import { DAY_SECONDS, SUM_NAMES, sumsOfSums } from './sums.ts'
import type { SumName } from './sums.ts'

/** Selects the new values. Complete hours of the day come from the active rollup, the part before the first of them from readings. */
const selectLatestAndDay = sqlTemplate<[seriesPks: SQL]>(
  (seriesPks) => sql`(with latest as materialized (
    select pk, rollup_pk, ${newestTime(sql`pk`)} as time from series where pk in ${seriesPks}),
  edged as materialized (select *, coalesce((
    select min(start) from hourly_rollups where rollup_pk = latest.rollup_pk and start > latest.time - ${DAY_SECONDS}), time + 1) as edge from latest),
  parts as (
    select pk, ${sql.raw(SUM_NAMES.join(', '))}
      from edged cross join hourly_rollups on hourly_rollups.rollup_pk = edged.rollup_pk and start >= edge
    union all select pk, ${sql.raw(SUMMED_FIELDS.join(', '))}, case when goal is not null then actual end, 1, goal is not null
      from edged cross join readings as r on r.series_pk = pk and r.time > edged.time - ${DAY_SECONDS} and r.time < edge),
  day as materialized (select pk, ${sumsOfSums} from parts as h group by pk)
  select edged.pk as series_pk, edged.time as latest_time, ${eachField((name) => `r.${name} as latest_${name}`)},
    ${sql.raw(SUM_NAMES.map((name) => `day.${name} as day_${name}`).join(', '))}
  from edged left join readings as r on r.series_pk = edged.pk and r.time = edged.time left join day on day.pk = edged.pk)`,
)

export type LatestAndDayColumn = `latest_${'time' | FieldName}` | `day_${SumName}`
/** The columns of a series that hold its newest reading and the sums of its last day. */
export const LATEST_AND_DAY: readonly LatestAndDayColumn[] = [
  'latest_time',
  ...FIELD_NAMES.map((name) => `latest_${name}` as const),
  ...SUM_NAMES.map((name) => `day_${name}` as const),
]

const assignments = {
  revision: sql`revision + 1`,
  ...Object.fromEntries(LATEST_AND_DAY.map((name) => [name, sql.raw(`computed.${name}`)])),
}
const isAffected = sqlTemplate<[]>(() => sql`${series.pk} = computed.series_pk`)()

/**
 * Updates the newest reading of series and the sums of the 24 hours that end with it, and increments their revision.
 * @param seriesPks subquery with the primary keys of the series whose readings changed; empty if nothing changed
 */
export const updateLatestAndDay = (db: Database, seriesPks: SQL) =>
  db
    .update(series)
    .set(assignments)
    .from(sql`${selectLatestAndDay(seriesPks)} as computed`)
    .where(isAffected)
