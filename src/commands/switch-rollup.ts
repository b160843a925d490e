import { sql } from 'drizzle-orm'
import { factories } from '../db/schema.ts'
import { selectProfile } from '../queries/factories.ts'
import { activateRollup } from '../rollups/calendars.ts'
import { updateLatestAndDay } from '../rollups/latest-and-day.ts'
import { MAX_TIME } from '../rollups/time-zones.ts'
import type { Actor, Mutation } from './mutation.ts'

/** Builds the mutation that activates a rollup which cron has completed. It changes all buckets of the factory at once. */
export const switchRollup = ({ organisation }: Actor, factory: number, number: number, now: number) => {
  const rollup = sql`${number}`
  const hasCompleteRollup = sql`organisation = ${organisation} and id = ${factory}
    and series = (select c.series from calendars as c where c.number = ${number} and c.built_until = ${MAX_TIME} and c.dropped_at is null)`
  return {
    event: { subject: 'factory', verb: 'updated', factory },
    guards: [],
    audit: {
      source: sql`${factories} where ${hasCompleteRollup}`,
      verb: 'updated',
      target: `/api/factory/${factory}`,
      detail: sql`json_object('buckets_of', (select zone from calendars where number = ${number}))`,
    },
    statements: (db) => [
      ...activateRollup(db, rollup, now),
      updateLatestAndDay(
        db,
        sql`(select s.number from calendars as c cross join series as s on s.number = c.series and s.calendar = c.number
          and s.dropped_at is null where c.number = ${number})`,
      ),
    ],
    returning: (db) => selectProfile(db, organisation, factory),
  } satisfies Mutation<unknown>
}
