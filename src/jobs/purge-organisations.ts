import { and, eq, isNotNull, lte, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Isolate } from '../runtime/isolate.ts'
import { purgeOrganisationEntries, belongsToOrganisation } from '../cache/purge-organisation.ts'
import { openSession } from '../db/client.ts'
import { hasOperationsFor } from '../runtime/operation-budget.ts'
import type { Database } from '../db/client.ts'
import { answer_totals, answers, api_keys, changes, factories, organisations, series, sprockets } from '../db/schema.ts'
import { runSteps } from './steps.ts'

/** Rows of each table that one batch deletes. D1 needs far less than its limit of 30 s for them. */
const CHUNK_ROWS = 5_000
/** Organisations of one cron run. The rest waits for the next run. */
const MAX_ORGANISATIONS = 20
/** Batches for one organisation. `queries` includes the two statements that delete the entries and the organisation. */
const STEP_LIMITS = { steps: 20, queries: 12 }
/**
 * Time between the deletion of an organisation and the first step. Isolates may accept its keys for up to 60 s, and their
 * clients must not see partly deleted data.
 */
const BEGIN_AFTER_MS = 60_000
/**
 * Time after which the row of the organisation is deleted, as the last of all. A put for one of the last readers may land after
 * the row of its entry was deleted. Reconcile deletes such an entry, and runs twice within this time.
 */
const END_AFTER_MS = 11 * 60_000

/** The newest audit entry is not deleted but emptied, because its sequence number is the clock of the cache. */
const isNewest = sql`seq = (select max(seq) from changes)`

const ofOrganisation = (organisation: number) => sql`organisation = ${organisation}`

/**
 * Tables whose rows are deleted with their organisation: the primary key, the condition that a row belongs to the organisation,
 * and the condition that it must stay for now (`except`). A test compares the list with the schema. The rows of a series are
 * deleted by `sweepSeries` and `sweepRollups` (sweep.ts), cache entries by `purgeOrganisationEntries`.
 */
export const OWNED: { table: SQLiteTable; key: string; of: (organisation: number) => SQL; except?: SQL }[] = [
  { table: factories, key: 'number', of: ofOrganisation },
  { table: sprockets, key: 'number', of: ofOrganisation },
  {
    table: answers,
    key: 'key, name',
    of: (organisation) => sql`key in (select number from api_keys where organisation = ${organisation})`,
  },
  {
    table: answer_totals,
    key: 'key',
    of: (organisation) => sql`key in (select number from api_keys where organisation = ${organisation})`,
  },
  // Idempotency records are found by their API key, so the key is deleted after them.
  {
    table: api_keys,
    key: 'number',
    of: ofOrganisation,
    except: sql`exists (select 1 from answers where answers.key = api_keys.number)
      or exists (select 1 from answer_totals where answer_totals.key = api_keys.number)`,
  },
  { table: changes, key: 'seq', of: ofOrganisation, except: isNewest },
]

const deleteOwned = (db: Database, { table, key, of, except = sql`false` }: (typeof OWNED)[number], organisation: number) => {
  const columns = sql.raw(key)
  return db
    .delete(table)
    .where(sql`(${columns}) in (select ${columns} from ${table} where ${of(organisation)} and not (${except}) limit ${CHUNK_ROWS})`)
    .returning({ deleted: sql<number>`1`.as('deleted') })
}

/** Empties the newest audit entry. As an `appended` entry of no organisation it is trimmed with the others. */
const emptyNewestAuditEntry = (db: Database, organisation: number) =>
  db
    .update(changes)
    .set({
      organisation: 0,
      subject: 'organisation',
      verb: 'appended',
      target: '',
      key: null,
      request_id: '',
      user_agent: null,
      country: null,
      before: null,
      after: null,
      detail: null,
    })
    .where(sql`${ofOrganisation(organisation)} and ${isNewest}`)

/** Marks series as dropped. `sweepSeries` deletes their readings. */
const dropSeries = (db: Database, organisation: number, now: number) =>
  db
    .update(series)
    .set({ dropped_at: now })
    .where(sql`number in (select number from series where organisation = ${organisation} and dropped_at is null limit ${CHUNK_ROWS})`)
    .returning({ number: series.number })

/** Deletes the row of the organisation if it has no other rows. */
const deleteOrganisation = (db: Database, organisation: number, now: number) =>
  db
    .delete(organisations)
    .where(
      and(
        eq(organisations.number, organisation),
        lte(organisations.deleted_at, now - END_AFTER_MS),
        sql`not exists (select 1 from series where organisation = ${organisation})`,
        sql`not exists (select 1 from copies where ${belongsToOrganisation(organisation)})`,
        ...OWNED.map(({ table, of }) => sql`not exists (select 1 from ${table} where ${of(organisation)})`),
      ),
    )
    .returning({ number: organisations.number })

/** Purges a part of one organisation. Returns the number of deleted rows and entries. */
const purgeOrganisation = async (isolate: Isolate, organisation: number): Promise<number> => {
  let purged = 0
  await runSteps(isolate, STEP_LIMITS, async () => {
    const session = openSession(isolate, 'first-primary')
    const now = isolate.clock.now()
    const [, dropped, ...deleted] = await session.batch([
      emptyNewestAuditEntry(session.db, organisation),
      dropSeries(session.db, organisation, now),
      ...OWNED.map((owned) => deleteOwned(session.db, owned, organisation)),
    ])
    const rows = [dropped, ...deleted].reduce((sum, each) => sum + (each as unknown[]).length, 0)
    purged += rows
    return rows > 0
  })
  const entries = await purgeOrganisationEntries(isolate, organisation)
  const session = openSession(isolate, 'first-primary')
  const [ended] = await session.batch([deleteOrganisation(session.db, organisation, isolate.clock.now())])
  return purged + entries + ended.length
}

/**
 * Purges the rows and cache entries of deleted organisations, in independent steps: an interrupted run leaves the rest to the
 * next. Returns the number of deleted rows and entries.
 */
export const purgeOrganisations = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [deleted] = await session.batch([
    session.db
      .select({ number: organisations.number })
      .from(organisations)
      .where(and(isNotNull(organisations.deleted_at), lte(organisations.deleted_at, isolate.clock.now() - BEGIN_AFTER_MS)))
      .orderBy(organisations.deleted_at)
      .limit(MAX_ORGANISATIONS),
  ])
  let purged = 0
  for (const { number } of deleted) {
    if (!hasOperationsFor(isolate, STEP_LIMITS.queries)) break
    purged += await purgeOrganisation(isolate, number)
  }
  return purged
}
