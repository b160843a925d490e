import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { remainingOperationsForJob } from '../runtime/operation-budget.ts'
import type { Database } from '../db/client.ts'
import { copies } from '../db/schema.ts'
import { deleteEntry } from './kv-store.ts'
import { organisationRange } from '../documents/path.ts'

/** Copies of an organisation that one tick removes, for one invocation may make a limited number of calls. */
const MAX_DELETES = 300

/** The condition that a copy is one of an organisation. */
export const belongsToOrganisation = (organisation: number) => {
  const [from, below] = organisationRange(organisation)
  return sql`path >= ${from} and path < ${below}`
}

const forgetStatement = (db: Database, gone: { path: string; version: number }[]) =>
  db.delete(copies).where(sql`(path, version) in (select value ->> 'path', value ->> 'version' from json_each(${JSON.stringify(gone)}))`)

/**
 * Removes copies of an organisation that is no more; answers how many. A row goes once KV has acknowledged the deletion of its
 * entry. What is put after that by a publisher who was under way is found by the reconcile, for no row knows it.
 */
export const purgeOrganisationEntries = async (isolate: Isolate, organisation: number): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [rows] = await session.batch([
    session.db
      .select({ path: copies.path, version: copies.version })
      .from(copies)
      .where(belongsToOrganisation(organisation))
      .limit(Math.min(MAX_DELETES, remainingOperationsForJob(isolate))),
  ])
  const outcomes = await Promise.all(rows.map((row) => deleteEntry(isolate, row)))
  const gone = rows.filter((_, position) => outcomes[position] === 'done')
  if (gone.length) await session.batch([forgetStatement(session.db, gone)])
  return gone.length
}
