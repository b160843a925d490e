import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'

/** Returns the first id of the block that contains an id. */
export const pageStart = (id: number, size: number): number => id - (id % size)

/**
 * Returns SQL for the id at which the next page begins. It is the id of an existing row, or null at the end of the list.
 * @param only the condition on rows of the list; all rows if undefined
 * @param limit number of rows of this page; without it the page is the block of `size` ids that begins at `from`
 */
export const nextId = (
  table: 'factories' | 'sprockets' | 'api_keys',
  organisationPk: number,
  from: number,
  { size, limit, only }: { size: number; limit?: number | undefined; only?: SQL | undefined },
) => {
  const rows = sql`from ${sql.raw(table)} where organisation_pk = ${organisationPk} ${only ? sql`and ${only}` : sql``}`
  return limit === undefined
    ? sql<number | null>`(select min(id) ${rows} and id >= ${from + size})`
    : sql<number | null>`(select id ${rows} and id >= ${from} order by id limit 1 offset ${limit})`
}
