import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database, RowsOf } from '../db/client.ts'
import { api_keys } from '../db/schema.ts'

/** The columns of a key that clients see. */
export const shownColumns = {
  id: api_keys.id,
  name: api_keys.name,
  role: api_keys.role,
  factories: api_keys.factories,
  created_at: api_keys.created_at,
  created_by: sql<number | null>`(select maker.id from api_keys as maker where maker.number = api_keys.created_by)`.as('maker_id'),
  expires_at: api_keys.expires_at,
  revoked_at: api_keys.revoked_at,
  last_used_at: api_keys.last_used_at,
  last_used_agent: api_keys.last_used_agent,
  last_used_country: api_keys.last_used_country,
  revision: api_keys.revision,
}

/** The keys whose reach lies within that of the one who asks: ids of factories, or null for all. */
export const isKeyWithin = (reach: readonly number[] | null): SQL | undefined =>
  reach === null
    ? undefined
    : sql`factories is not null and not exists (select 1 from json_each(api_keys.factories) as held
    where held.value not in (select own.value from json_each(${JSON.stringify(reach)}) as own))`

/** A key of the organisation by its id: none or one row. */
export const selectKeyById = (db: Database, organisation: number, id: number | SQL, reach: readonly number[] | null = null) =>
  db
    .select(shownColumns)
    .from(api_keys)
    .where(and(eq(api_keys.organisation, organisation), eq(api_keys.id, id), isKeyWithin(reach)))

export type KeyRow = RowsOf<ReturnType<typeof selectKeyById>>[number]

/** Unix seconds of a column of milliseconds. */
export const inSeconds = <T extends number | null>(ms: T) => (ms === null ? null : Math.floor(ms / 1000)) as T

/** A key as an object, without its use: what an entity tag stands for, since use is no change. */
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

/** A key as clients see it. The secret is not in it: it is stored nowhere. */
export const toKeyResponse = (row: KeyRow) => ({
  ...toKeyResource(row),
  last_used:
    row.last_used_at === null ? null : { at: inSeconds(row.last_used_at), user_agent: row.last_used_agent, country: row.last_used_country },
})
