import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'

/** The first id of the block that an id lies in. */
export const pageStart = (id: number, size: number): number => id - (id % size)

/**
 * Where the page after this one begins, as an id that exists, or null at the end of the list.
 * @param only the rows to take into account, where not all are
 * @param limit rows of this page counted from `from`; without it the page is the block of `size` ids that begins there
 */
export const nextId = (
  table: 'factories' | 'sprockets' | 'api_keys',
  organisation: number,
  from: number,
  { size, limit, only }: { size: number; limit?: number | undefined; only?: SQL | undefined },
) => {
  const rows = sql`from ${sql.raw(table)} where organisation = ${organisation} ${only ? sql`and ${only}` : sql``}`
  return limit === undefined
    ? sql<number | null>`(select min(id) ${rows} and id >= ${from + size})`
    : sql<number | null>`(select id ${rows} and id >= ${from} order by id limit 1 offset ${limit})`
}
