import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { factories, organisations, series } from '../db/tables.ts'
import { isAmong } from './factories.ts'

/**
 * Up to where the surrounding query's `series` may be trimmed: where the local day begins that holds `before`, or the last day
 * of data if that is earlier. Null while a calendar is being built, for that needs every reading.
 * @param before Unix seconds
 */
export const trimEdge = (before: number) => sql<number>`(select max(start) from days where days.calendar = series.calendar
  and start <= min(${before}, series.latest_time - 86400)
  and not exists (select 1 from calendars as c where c.series = series.number and c.built_until is not null and c.dropped_at is null))`

/** From when on the readings of these factories are kept, of those that have been trimmed. */
export const selectEdges = (db: Database, organisation: number, ids: readonly number[]) =>
  db
    .select({ factory: factories.id, from: sql<number>`trimmed_before`.as('kept_from') })
    .from(factories)
    .innerJoin(series, eq(series.number, factories.series))
    .where(sql`${factories.organisation} = ${organisation} and ${isAmong(ids)} and trimmed_before is not null`)

/** A factory that has readings to be trimmed: none or one row. */
export const selectTrimmable = (db: Database, before: number) =>
  db
    .select({ organisation: factories.organisation, factory: factories.id })
    .from(factories)
    .innerJoin(series, eq(series.number, factories.series))
    .innerJoin(organisations, and(eq(organisations.number, factories.organisation), isNull(organisations.deleted_at)))
    .where(sql`exists (select 1 from readings where readings.series = ${series.number} and time < ${trimEdge(before)})`)
    .limit(1)
