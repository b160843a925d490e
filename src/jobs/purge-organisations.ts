import { and, eq, isNotNull, lte, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Isolate } from '../runtime/isolate.ts'
import { purgeOrganisationEntries, belongsToOrganisation } from '../cache/purge-organisation.ts'
import { openSession } from '../db/client.ts'
import { hasOperationsFor } from '../runtime/operation-budget.ts'
import type { Database } from '../db/client.ts'
import { answer_totals, answers, api_keys, changes, factories, organisations, series, sprockets } from '../db/schema.ts'

/** Rows of a table removed in one batch: well within the 30 s that D1 gives one. */
const CHUNK_ROWS = 5_000
/** Batches for one organisation in one tick; the rest waits for the next. */
const STEPS = 20
/** Statements that one step sends, and the two with which an organisation ends. */
const STEP_QUERIES = 12
/** Isolates take a key for valid so long after its end at most; nobody is to see half of what was. */
const BEGIN_AFTER_MS = 60_000
/**
 * A reader of the last half minute may have had a copy put, whose late landing the directory does not know; the reconcile of
 * every fifth minute finds it. The row of the organisation is the last to go, after two of them.
 */
const END_AFTER_MS = 11 * 60_000

/** The newest entry of the log is never removed, for its number is the clock of the cache; it is emptied instead. */
const isNewest = sql`seq = (select max(seq) from changes)`

const ofOrganisation = (organisation: number) => sql`organisation = ${organisation}`

/**
 * Every table that is emptied with an organisation: what tells its rows apart, which of them are the organisation's, and which
 * of those are kept for now. A test holds the list against the tables. What hangs on a series goes with it (upkeep.ts), copies
 * go by their paths (cache/forget.ts).
 */
export const OWNED: { table: SQLiteTable; key: string; of: (organisation: number) => SQL; kept?: SQL }[] = [
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
  // Answers are found by their key, so it goes after them.
  {
    table: api_keys,
    key: 'number',
    of: ofOrganisation,
    kept: sql`exists (select 1 from answers where answers.key = api_keys.number)
      or exists (select 1 from answer_totals where answer_totals.key = api_keys.number)`,
  },
  { table: changes, key: 'seq', of: ofOrganisation, kept: isNewest },
]

const removeStatement = (db: Database, { table, key, of, kept = sql`false` }: (typeof OWNED)[number], organisation: number) => {
  const columns = sql.raw(key)
  return db
    .delete(table)
    .where(sql`(${columns}) in (select ${columns} from ${table} where ${of(organisation)} and not (${kept}) limit ${CHUNK_ROWS})`)
    .returning({ removed: sql<number>`1`.as('removed') })
}

/** An entry of nobody about nothing, trimmed like readings that were added. */
const emptyNewestStatement = (db: Database, organisation: number) =>
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

/** Leaves the readings to the sweep of dropped series. */
const dropSeriesStatement = (db: Database, organisation: number, now: number) =>
  db
    .update(series)
    .set({ dropped_at: now })
    .where(sql`number in (select number from series where organisation = ${organisation} and dropped_at is null limit ${CHUNK_ROWS})`)
    .returning({ number: series.number })

/** The organisation itself, once nothing of it is left. */
const removeOrganisationStatement = (db: Database, organisation: number, now: number) =>
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

/** Removes some of what an organisation had; answers how many rows and entries. */
const removeSome = async (isolate: Isolate, organisation: number): Promise<number> => {
  let removed = 0
  for (let step = 0; step < STEPS && hasOperationsFor(isolate, STEP_QUERIES); step++) {
    const session = openSession(isolate, 'first-primary')
    const now = isolate.clock.now()
    const [, dropped, ...gone] = await session.batch([
      emptyNewestStatement(session.db, organisation),
      dropSeriesStatement(session.db, organisation, now),
      ...OWNED.map((owned) => removeStatement(session.db, owned, organisation)),
    ])
    const rows = [dropped, ...gone].reduce((sum, each) => sum + (each as unknown[]).length, 0)
    removed += rows
    if (rows === 0) break
  }
  const forgotten = await purgeOrganisationEntries(isolate, organisation)
  const session = openSession(isolate, 'first-primary')
  const [ended] = await session.batch([removeOrganisationStatement(session.db, organisation, isolate.clock.now())])
  return removed + forgotten + ended.length
}

/**
 * Removes what deleted organisations have left, in steps that each stand alone: a tick that dies leaves less for the next.
 * Answers how many rows and entries went.
 */
export const purgeOrganisations = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [deleted] = await session.batch([
    session.db
      .select({ number: organisations.number })
      .from(organisations)
      .where(and(isNotNull(organisations.deleted_at), lte(organisations.deleted_at, isolate.clock.now() - BEGIN_AFTER_MS)))
      .orderBy(organisations.deleted_at)
      .limit(STEPS),
  ])
  let removed = 0
  for (const { number } of deleted) {
    if (!hasOperationsFor(isolate, STEP_QUERIES)) break
    removed += await removeSome(isolate, number)
  }
  return removed
}
