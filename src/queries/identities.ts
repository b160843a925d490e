import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { api_keys, organisations } from '../db/tables.ts'
import { latestEpoch } from './epochs.ts'

/** The key with this hash, of an organisation that still is: none or one row. Revoked and lapsed keys are found too. */
export const selectKey = (db: Database, hash: string) =>
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
    })
    .from(api_keys)
    .innerJoin(organisations, and(eq(organisations.number, api_keys.organisation), isNull(organisations.deleted_at)))
    .where(eq(api_keys.hash, hash))

/** The living organisation of this slug: none or one row. */
export const selectOrganisation = (db: Database, slug: string) =>
  db
    .select({ organisation: organisations.number, slug: organisations.slug, epoch: latestEpoch.as('epoch') })
    .from(organisations)
    .where(and(eq(organisations.slug, slug), isNull(organisations.deleted_at)))
