import { sql } from 'drizzle-orm'
import { sqlTemplate } from '../db/sql-template.ts'
import { Problem } from '../errors.ts'
import type { Actor, Guard } from './mutation.ts'

/** Detail of the error for a reading that is older than the retained ones. */
export const BEFORE_RETENTION = 'The reading is older than the retained readings. Of its time only sums remain, which cannot be changed.'

/** Returns the problem of a write with a reading that is older than the retained ones. */
const beforeRetention = (): Problem => new Problem('invalid-content', BEFORE_RETENTION)

const noneBeforeRetention = sqlTemplate<[organisationPk: number, oldest: string]>(
  (organisationPk, oldest) => sql`not exists (select 1 from json_each(${oldest}) as oldest
      cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = oldest.value ->> 0
      cross join series as s on s.pk = f.series_pk where s.trimmed_before > oldest.value ->> 1)`,
)

/**
 * Returns the guard that no reading is older than the retained readings of its factory, because the sums of that time must not
 * change. It has an outcome, because the route knows the position of each reading and finds out which one is too old.
 */
export const withinRetention = ({ organisationPk }: Actor, readings: readonly { factory: number; time: number }[]): Guard => {
  const oldest = new Map<number, number>()
  for (const { factory, time } of readings) oldest.set(factory, Math.min(time, oldest.get(factory) ?? time))
  return {
    condition: noneBeforeRetention(organisationPk, JSON.stringify([...oldest])),
    problem: beforeRetention,
    outcome: 'before-retention',
  }
}
