import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { remainingOperationsForJob } from '../runtime/operation-budget.ts'
import type { Database } from '../db/client.ts'
import { cache_entries } from '../db/cache-schema.ts'
import { deleteEntry } from './kv-store.ts'
import { organisationRange } from '../documents/path.ts'
import { literal } from '../db/literal.ts'

/** Entries of one organisation that a cron run deletes, because the platform limits the calls of an invocation. */
const MAX_DELETES = 300

/** Returns the condition that a row of the cache directory belongs to the organisation. */
export const belongsToOrganisation = (organisationPk: number) => {
  const [from, below] = organisationRange(organisationPk)
  return sql`path >= ${from} and path < ${below}`
}

const deleteRows = (db: Database, entries: { path: string; version: number }[]) =>
  db
    .delete(cache_entries)
    .where(sql`(path, version) in (select value ->> 'path', value ->> 'version' from json_each(${JSON.stringify(entries)}))`)

/**
 * Deletes cache entries of a deleted organisation and returns their number. The row of an entry is deleted after KV has
 * acknowledged the deletion of the entry. A publisher that was already running may put the entry again; reconcile deletes it
 * because the entry has no row.
 */
export const purgeOrganisationEntries = async (isolate: Isolate, organisationPk: number): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [rows] = await session.batch([
    session.db
      .select({ path: cache_entries.path, version: cache_entries.version })
      .from(cache_entries)
      .where(belongsToOrganisation(organisationPk))
      .limit(literal(Math.min(MAX_DELETES, remainingOperationsForJob(isolate)))),
  ])
  const outcomes = await Promise.all(rows.map((row) => deleteEntry(isolate, row)))
  const deleted = rows.filter((_, index) => outcomes[index] === 'done')
  if (deleted.length) await session.batch([deleteRows(session.db, deleted)])
  return deleted.length
}
