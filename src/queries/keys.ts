import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, RowsOf } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'

/** The columns of a key that clients see. */
export const keyColumns = {
  id: api_keys.id,
  name: api_keys.name,
  role: api_keys.role,
  factories: api_keys.factories,
  created_at: api_keys.created_at,
  created_by: sql<number | null>`(select creator.id from api_keys as creator where creator.pk = api_keys.created_by_pk)`.as('creator_id'),
  expires_at: api_keys.expires_at,
  revoked_at: api_keys.revoked_at,
  last_used_at: api_keys.last_used_at,
  last_used_agent: api_keys.last_used_agent,
  last_used_country: api_keys.last_used_country,
}

/**
 * Returns the condition that the scope of a key lies within `scope`, the scope of the reader. A scope is a list of factory ids,
 * or null for all.
 */
export const isKeyWithinScope = (scope: readonly number[] | null): SQL | undefined =>
  scope === null
    ? undefined
    : sql`factories is not null and not exists (select 1 from json_each(api_keys.factories) as inner_scope
    where inner_scope.value not in (select outer_scope.value from json_each(${JSON.stringify(scope)}) as outer_scope))`

/** Selects a key of the organisation by its id, if it lies within `scope`: none or one row. */
export const selectKeyById = (db: Database, organisationPk: number, id: number | SQL, scope: readonly number[] | null = null) =>
  db
    .select(keyColumns)
    .from(api_keys)
    .where(and(eq(api_keys.organisation_pk, organisationPk), eq(api_keys.id, id), isKeyWithinScope(scope)))

export type KeyRow = RowsOf<ReturnType<typeof selectKeyById>>[number]

/** Converts Unix milliseconds to Unix seconds. */
export const inSeconds = <T extends number | null>(ms: T) => (ms === null ? null : Math.floor(ms / 1000)) as T

/** Returns the representation of a key from which its entity tag is computed. It excludes `last_used`, because use is not a change. */
export const toKeyResource = ({ id, name, role, factories, created_at, created_by, expires_at, revoked_at }: KeyRow) => ({
  id,
  name,
  role,
  factories: factories === null ? null : (JSON.parse(factories) as number[]),
  created_at: inSeconds(created_at),
  created_by,
  expires_at: inSeconds(expires_at),
  revoked_at: inSeconds(revoked_at),
})

/** Returns the representation of a key for clients. It cannot contain the secret, because the secret is not stored. */
export const toKeyResponse = (row: KeyRow) => ({
  ...toKeyResource(row),
  last_used:
    row.last_used_at === null ? null : { at: inSeconds(row.last_used_at), user_agent: row.last_used_agent, country: row.last_used_country },
})
