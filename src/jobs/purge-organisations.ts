import { and, eq, isNotNull, lte, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Isolate } from '../runtime/isolate.ts'
import { purgeOrganisationEntries, belongsToOrganisation } from '../cache/purge-organisation.ts'
import { openSession } from '../db/client.ts'
import { hasOperationsFor } from '../runtime/operation-budget.ts'
import type { Database } from '../db/client.ts'
import { api_keys, factories, organisations, series, sprockets } from '../db/schema.ts'
import { audit_log, old_audit_log } from '../db/audit-schema.ts'
import { idempotency_records, idempotency_totals } from '../db/idempotency-schema.ts'
import { stop_annotations } from '../db/stop-schema.ts'
import { runSteps } from './steps.ts'
import { literal } from '../db/literal.ts'

/** Rows of each table that one batch deletes. D1 needs far less than its limit of 30 s for them. */
const BATCH_ROWS = 5_000
/** Organisations of one cron run. The rest waits for the next run. */
const MAX_ORGANISATIONS = 20
/** Batches for one organisation. `queries` includes the statements that delete the entries and the organisation. */
const STEP_LIMITS = { steps: 20, queries: 12 }
/**
 * Time between the deletion of an organisation and the first step: twice the time for which isolates accept its keys
 * (`IDENTITY_TTL_MS`). Their clients must not see partly deleted data.
 */
const BEGIN_AFTER_MS = 60_000
/**
 * Time after which the row of the organisation is deleted, after all its other rows. A put for one of the last readers may land after
 * the row of its entry was deleted. Reconcile deletes such an entry, and runs twice within this time.
 */
const END_AFTER_MS = 11 * 60_000

const ofOrganisation = (organisationPk: number) => sql`organisation_pk = ${organisationPk}`

/**
 * Tables whose rows are deleted with their organisation: the primary key, the condition that a row belongs to the organisation,
 * and the condition that it must stay for now (`except`). A test compares the list with the schema. The rows of a series are
 * deleted by `sweepSeries` (sweep-series.ts), cache entries by `purgeOrganisationEntries`.
 */
export const OWNED: { table: SQLiteTable; primaryKey: string; of: (organisationPk: number) => SQL; except?: SQL }[] = [
  { table: factories, primaryKey: 'pk', of: ofOrganisation },
  { table: sprockets, primaryKey: 'pk', of: ofOrganisation },
  { table: stop_annotations, primaryKey: 'organisation_pk, id', of: ofOrganisation },
  {
    table: idempotency_records,
    primaryKey: 'key_pk, key_hash',
    of: (organisationPk) => sql`key_pk in (select pk from api_keys where organisation_pk = ${organisationPk})`,
  },
  {
    table: idempotency_totals,
    primaryKey: 'key_pk',
    of: (organisationPk) => sql`key_pk in (select pk from api_keys where organisation_pk = ${organisationPk})`,
  },
  // Idempotency records are found by their API key, so the key is deleted after them.
  {
    table: api_keys,
    primaryKey: 'pk',
    of: ofOrganisation,
    except: sql`exists (select 1 from idempotency_records where idempotency_records.key_pk = api_keys.pk)
      or exists (select 1 from idempotency_totals where idempotency_totals.key_pk = api_keys.pk)`,
  },
  { table: old_audit_log, primaryKey: 'seq', of: ofOrganisation },
  // The newest entry is deleted with the organisation, because its sequence number is the clock of the cache.
  {
    table: audit_log,
    primaryKey: 'organisation_pk, commit_seq',
    of: (organisationPk) => sql`${ofOrganisation(organisationPk)}
      and commit_seq < (select max(newest.commit_seq) from audit_log as newest where newest.organisation_pk = ${organisationPk})`,
  },
]

const deleteOwned = (db: Database, { table, primaryKey, of, except = sql`false` }: (typeof OWNED)[number], organisationPk: number) => {
  const columns = sql.raw(primaryKey)
  return db
    .delete(table)
    .where(
      sql`(${columns}) in (select ${columns} from ${table} where ${of(organisationPk)} and not (${except}) limit ${literal(BATCH_ROWS)})`,
    )
    .returning({ deleted: sql<number>`1`.as('deleted') })
}

/** Marks series as dropped. `sweepSeries` deletes their readings. */
const dropSeries = (db: Database, organisationPk: number, now: number) =>
  db
    .update(series)
    .set({ dropped_at: now })
    .where(sql`pk in (select pk from series where organisation_pk = ${organisationPk} and dropped_at is null limit ${literal(BATCH_ROWS)})`)
    .returning({ pk: series.pk })

/** Deletes the row of the organisation if it has no other rows. */
const deleteOrganisation = (db: Database, organisationPk: number, now: number) =>
  db
    .delete(organisations)
    .where(
      and(
        eq(organisations.pk, organisationPk),
        lte(organisations.deleted_at, now - END_AFTER_MS),
        sql`not exists (select 1 from series where organisation_pk = ${organisationPk})`,
        sql`not exists (select 1 from cache_entries where ${belongsToOrganisation(organisationPk)})`,
        ...OWNED.map(({ table, of }) => sql`not exists (select 1 from ${table} where ${of(organisationPk)})`),
      ),
    )
    .returning({ pk: organisations.pk })

/** Deletes the newest audit entry of an organisation that was just deleted. */
const deleteNewestAuditEntry = (db: Database, organisationPk: number) =>
  db
    .delete(audit_log)
    .where(sql`${ofOrganisation(organisationPk)} and not exists (select 1 from organisations where pk = ${organisationPk})`)

/** Purges a part of one organisation. Returns the number of deleted rows and entries. */
const purgeOrganisation = async (isolate: Isolate, organisationPk: number): Promise<number> => {
  let purged = 0
  await runSteps(isolate, STEP_LIMITS, async () => {
    const session = openSession(isolate, 'first-primary')
    const now = isolate.clock.now()
    const [dropped, ...deleted] = await session.batch([
      dropSeries(session.db, organisationPk, now),
      ...OWNED.map((owned) => deleteOwned(session.db, owned, organisationPk)),
    ])
    const rows = [dropped, ...deleted].reduce((sum, each) => sum + (each as unknown[]).length, 0)
    purged += rows
    return rows > 0
  })
  const entries = await purgeOrganisationEntries(isolate, organisationPk)
  const session = openSession(isolate, 'first-primary')
  const [ended] = await session.batch([
    deleteOrganisation(session.db, organisationPk, isolate.clock.now()),
    deleteNewestAuditEntry(session.db, organisationPk),
  ])
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
      .select({ pk: organisations.pk })
      .from(organisations)
      .where(and(isNotNull(organisations.deleted_at), lte(organisations.deleted_at, isolate.clock.now() - BEGIN_AFTER_MS)))
      .orderBy(organisations.deleted_at)
      .limit(literal(MAX_ORGANISATIONS)),
  ])
  let purged = 0
  for (const { pk } of deleted) {
    if (!hasOperationsFor(isolate, STEP_LIMITS.queries)) break
    purged += await purgeOrganisation(isolate, pk)
  }
  return purged
}
