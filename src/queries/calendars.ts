import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { calendars, factories, organisations, series, zone_offsets } from '../db/schema.ts'

/** The oldest calendar that is not yet shown, of a factory that still is: none or one row. */
export const selectUnbuilt = (db: Database) =>
  db
    .select({
      number: calendars.number,
      zone: calendars.zone,
      builtUntil: calendars.built_until,
      hasRegimes: sql<number>`exists (select 1 from zone_offsets where zone_offsets.zone = ${calendars.zone})`.as('has_regimes'),
      organisation: factories.organisation,
      factory: factories.id,
    })
    .from(calendars)
    // In this order each is found by its key; factories have no index by series.
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

/** A zone whose regimes an earlier release has stored: none or one row. */
export const selectZoneToRenew = (db: Database) =>
  db
    .select({ zone: zone_offsets.zone })
    .from(zone_offsets)
    .where(sql`renew = 1`)
    .limit(1)
