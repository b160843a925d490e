import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { overdueSeq } from './backlog.ts'
import { api_keys, organisations } from '../db/schema.ts'
import { latestEpoch } from './epochs.ts'

/** What tells whether copies of the organisation are overdue (cache/overdue.ts): Unix ms. */
interface Moment {
  now: number
  before: number
}

const overdue = ({ now, before }: Moment) => overdueSeq(sql`${organisations.number}`, before, now).as('overdue_seq')

/** The key with this hash, of an organisation that still is: none or one row. Revoked and lapsed keys are found too. */
export const selectKey = (db: Database, hash: string, moment: Moment) =>
  db
    .select({
      number: api_keys.number,
      id: api_keys.id,
      // Both tables have a column of this name, which a batch would mix up.
      organisation: sql<number>`${organisations.number}`.as('organisation_number'),
      slug: organisations.slug,
      role: api_keys.role,
      factories: api_keys.factories,
      expires_at: api_keys.expires_at,
      revoked_at: api_keys.revoked_at,
      epoch: latestEpoch.as('epoch'),
      overdueSeq: overdue(moment),
    })
    .from(api_keys)
    .innerJoin(organisations, and(eq(organisations.number, api_keys.organisation), isNull(organisations.deleted_at)))
    .where(eq(api_keys.hash, hash))

/** The living organisation of this slug: none or one row. */
export const selectOrganisation = (db: Database, slug: string, moment: Moment) =>
  db
    .select({
      organisation: organisations.number,
      slug: organisations.slug,
      epoch: latestEpoch.as('epoch'),
      overdueSeq: overdue(moment),
    })
    .from(organisations)
    .where(and(eq(organisations.slug, slug), isNull(organisations.deleted_at)))
