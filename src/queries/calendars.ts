import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { calendars, factories, organisations } from '../db/tables.ts'

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
    .innerJoin(factories, eq(factories.series, calendars.series))
    .innerJoin(organisations, and(eq(organisations.number, factories.organisation), isNull(organisations.deleted_at)))
    .where(sql`built_until is not null and dropped_at is null`)
    .orderBy(calendars.number)
    .limit(1)
