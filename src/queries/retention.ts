import { eq, lte, sql } from 'drizzle-orm'
import { isRetained, newestTime } from '../chunks/select.ts'
import { chunkStartAt } from '../chunks/unpack.ts'
import type { Database } from '../db/client.ts'
import { factories, series } from '../db/schema.ts'
import { alignedFrom } from '../local-time/offset-periods.ts'
import { LONGEST_SECONDS } from '../local-time/time-zones.ts'
import { idIn } from './factories.ts'
import { literal } from '../db/literal.ts'

const LONGEST_DAY = literal(LONGEST_SECONDS.day)

/**
 * Returns SQL for the time before which the surrounding `series` may be trimmed, at a whole hour of UTC. It is the start of the last
 * local day of data that begins at or before `before`, or the end of that day if no time zone has a day that lasts until `before`. The
 * 24 hours before the newest reading count as later than `before`.
 * @param before Unix seconds
 */
export const retentionEdge = (before: number) => sql<number>`(select ${chunkStartAt(sql`edge`)} from (
  select start + iif(start + ${LONGEST_DAY} <= due, ${LONGEST_DAY}, 0) as edge
  from (select min(${before}, ${newestTime(sql`series.pk`)} - 86400) as due) cross join daily_sums
  where daily_sums.series_pk = series.pk and start <= due order by start desc limit 1))`

/** Selects the start of the retained readings of each factory that retention has trimmed. */
export const selectRetentionEdges = (db: Database, organisationPk: number, ids: readonly number[]) =>
  db
    .select({ factory: factories.id, from: sql<number>`trimmed_before`.as('kept_from') })
    .from(factories)
    .innerJoin(series, eq(series.pk, factories.series_pk))
    .where(sql`${factories.organisation_pk} = ${organisationPk} and ${idIn(ids)} and trimmed_before is not null`)

const zone = sql`(select time_zone from factories where organisation_pk = series.organisation_pk and id = series.factory_id)`

/**
 * Returns the condition that the surrounding `series` belongs to a factory of an active organisation and has readings to trim. Readings
 * from before the time zone was aligned to quarters of an hour are kept, because the sums of a quarter could belong to two days.
 */
export const isTrimmable = (before: number) => sql<number>`(
  exists (select 1 from factories where organisation_pk = series.organisation_pk and id = series.factory_id and series_pk = series.pk)
  and exists (select 1 from organisations where pk = series.organisation_pk and deleted_at is null)
  and exists (select 1 from chunks where chunks.series_pk = series.pk and ${isRetained} and start < ${retentionEdge(before)})
  and (select min(start) from chunks where chunks.series_pk = series.pk and ${isRetained}) >= ${alignedFrom(zone)})`

/** Number of series that a step of retention scans. */
const SCAN_LIMIT = 100

/** Returns the series that retention scans next, as a table of primary keys. */
export const dueSeries = (now: number) =>
  sql`(select pk from series where retention_due_at <= ${now} order by retention_due_at limit ${literal(SCAN_LIMIT)})`

/** Selects the first series that retention scans next: none or one row. */
export const selectDue = (db: Database, before: number, now: number) =>
  db
    .select({ organisationPk: series.organisation_pk, factory: series.factory_id, isTrimmable: isTrimmable(before).as('is_trimmable') })
    .from(series)
    .where(lte(series.retention_due_at, now))
    .orderBy(series.retention_due_at)
    .limit(literal(1))
