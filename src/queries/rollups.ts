import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { factories, organisations, rollups, series, time_zone_offsets } from '../db/schema.ts'

/** Selects the oldest incomplete rollup of an existing factory: none or one row. */
export const selectUnbuiltRollup = (db: Database) =>
  db
    .select({
      pk: rollups.pk,
      timeZone: rollups.time_zone,
      builtUntil: rollups.built_until,
      hasOffsetPeriods: sql<number>`exists (select 1 from time_zone_offsets where time_zone_offsets.time_zone = ${rollups.time_zone})`.as(
        'has_offset_periods',
      ),
      organisationPk: factories.organisation_pk,
      factory: factories.id,
    })
    .from(rollups)
    // In this order each table is read by a key. Factories have no index by series.
    .crossJoin(series)
    .crossJoin(factories)
    .crossJoin(organisations)
    .where(
      and(
        sql`${rollups.built_until} is not null and ${rollups.dropped_at} is null`,
        eq(series.pk, rollups.series_pk),
        and(eq(factories.organisation_pk, series.organisation_pk), eq(factories.id, series.factory_id), eq(factories.series_pk, series.pk)),
        and(eq(organisations.pk, series.organisation_pk), isNull(organisations.deleted_at)),
      ),
    )
    .orderBy(rollups.pk)
    .limit(1)

/** Selects a time zone whose offset periods an earlier release has stored: none or one row. */
export const selectZoneToRenew = (db: Database) =>
  db
    .select({ timeZone: time_zone_offsets.time_zone })
    .from(time_zone_offsets)
    .where(sql`renew = 1`)
    .limit(1)
