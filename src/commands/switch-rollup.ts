import { sql } from 'drizzle-orm'
import { factories } from '../db/schema.ts'
import { selectProfile } from '../queries/factories.ts'
import { activateRollup } from '../rollups/lifecycle.ts'
import { updateLatestAndDay } from '../rollups/latest-and-day.ts'
import { MAX_TIME } from '../rollups/time-zones.ts'
import type { Actor, Mutation } from './mutation.ts'

/** Builds the mutation that activates a rollup which cron has completed. It changes all buckets of the factory at once. */
export const switchRollup = ({ organisationPk }: Actor, factory: number, rollupPk: number, now: number) => {
  const rollup = sql`${rollupPk}`
  const hasCompleteRollup = sql`organisation_pk = ${organisationPk} and id = ${factory}
    and series_pk = (select rollup.series_pk from rollups as rollup where rollup.pk = ${rollupPk} and rollup.built_until = ${MAX_TIME} and rollup.dropped_at is null)`
  return {
    event: { subject: 'factory', verb: 'updated', factory },
    guards: [],
    audit: {
      source: sql`${factories} where ${hasCompleteRollup}`,
      verb: 'updated',
      target: `/api/factory/${factory}`,
      detail: sql`json_object('buckets_of', (select time_zone from rollups where pk = ${rollupPk}))`,
    },
    statements: (db) => [
      ...activateRollup(db, rollup, now),
      updateLatestAndDay(
        db,
        sql`(select s.pk from rollups as rollup cross join series as s on s.pk = rollup.series_pk and s.rollup_pk = rollup.pk
          and s.dropped_at is null where rollup.pk = ${rollupPk})`,
      ),
    ],
    returning: (db) => selectProfile(db, organisationPk, factory),
  } satisfies Mutation<unknown>
}
