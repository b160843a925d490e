import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { overdueSeq } from './backlog.ts'
import { api_keys, organisations } from '../db/schema.ts'
import { latestEpoch } from './cache-epochs.ts'

/** The times in Unix ms that decide whether a cache entry is overdue (cache/overdue.ts). */
interface OverdueTimes {
  now: number
  before: number
}

const selectOverdueSeq = ({ now, before }: OverdueTimes) => overdueSeq(sql`${organisations.pk}`, before, now).as('overdue_seq')

/** Selects the key with this hash, if its organisation is active: none or one row. Revoked and expired keys are included. */
export const selectKey = (db: Database, hash: string, times: OverdueTimes) =>
  db
    .select({
      keyPk: api_keys.pk,
      id: api_keys.id,
      // The alias is needed because both tables have a column `pk`, which a batch would confuse.
      organisationPk: sql<number>`${organisations.pk}`.as('organisation_pk'),
      slug: organisations.slug,
      role: api_keys.role,
      factories: api_keys.factories,
      expires_at: api_keys.expires_at,
      revoked_at: api_keys.revoked_at,
      epoch: latestEpoch.as('epoch'),
      overdueSeq: selectOverdueSeq(times),
    })
    .from(api_keys)
    .innerJoin(organisations, and(eq(organisations.pk, api_keys.organisation_pk), isNull(organisations.deleted_at)))
    .where(eq(api_keys.hash, hash))

/** Selects the active organisation with this slug: none or one row. */
export const selectOrganisation = (db: Database, slug: string, times: OverdueTimes) =>
  db
    .select({
      organisationPk: organisations.pk,
      slug: organisations.slug,
      epoch: latestEpoch.as('epoch'),
      overdueSeq: selectOverdueSeq(times),
    })
    .from(organisations)
    .where(and(eq(organisations.slug, slug), isNull(organisations.deleted_at)))
