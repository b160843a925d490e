import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { calendars, factories, organisations, series, zone_offsets } from '../db/schema.ts'

/** Selects the oldest incomplete rollup of an existing factory: none or one row. */
export const selectUnbuiltRollup = (db: Database) =>
  db
    .select({
      number: calendars.number,
      zone: calendars.zone,
      builtUntil: calendars.built_until,
      hasOffsetPeriods: sql<number>`exists (select 1 from zone_offsets where zone_offsets.zone = ${calendars.zone})`.as(
        'has_offset_periods',
      ),
      organisation: factories.organisation,
      factory: factories.id,
    })
    .from(calendars)
    // In this order each table is read by a key. Factories have no index by series.
    .crossJoin(series)
    .crossJoin(factories)
    .crossJoin(organisations)
    .where(
      and(
        sql`${calendars.built_until} is not null and ${calendars.dropped_at} is null`,
        eq(series.number, calendars.series),
        and(eq(factories.organisation, series.organisation), eq(factories.id, series.factory), eq(factories.series, series.number)),
        and(eq(organisations.number, series.organisation), isNull(organisations.deleted_at)),
      ),
    )
    .orderBy(calendars.number)
    .limit(1)

/** Selects a time zone whose offset periods an earlier release has stored: none or one row. */
export const selectZoneToRenew = (db: Database) =>
  db
    .select({ zone: zone_offsets.zone })
    .from(zone_offsets)
    .where(sql`renew = 1`)
    .limit(1)
