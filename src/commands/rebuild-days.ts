import { sql } from 'drizzle-orm'
import { factories } from '../db/schema.ts'
import { selectProfile } from '../queries/factories.ts'
import { rebuildDays } from '../local-time/days.ts'
import { hasId } from './factories.ts'
import type { Actor, Mutation } from './mutation.ts'

/** Builds the mutation that sums the days of a factory again, because the rules of its time zone have changed. */
export const rebuildFactoryDays = ({ organisationPk }: Actor, factory: number) =>
  ({
    event: { subject: 'factory', verb: 'updated', factory },
    guards: [],
    audit: {
      source: sql`${factories} where ${hasId(organisationPk, factory)}`,
      verb: 'updated',
      target: `/api/factory/${factory}`,
      detail: sql`json_object('buckets_of', time_zone)`,
    },
    statements: (db) => rebuildDays(db, sql`(select series_pk, time_zone from factories where ${hasId(organisationPk, factory)})`),
    returning: (db) => selectProfile(db, organisationPk, factory),
  }) satisfies Mutation<unknown>
