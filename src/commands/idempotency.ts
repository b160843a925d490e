import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import type { Database, Statement } from '../db/client.ts'
import { errorMessages, openSession } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { idempotency_records, idempotency_totals } from '../db/idempotency-schema.ts'
import { Problem } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import type { Guard } from './mutation.ts'
import { literal } from '../db/literal.ts'

/** Identifies a POST with an Idempotency-Key, which is applied once however often the client sends it. */
export interface IdempotencyRecord {
  /** Primary key of the API key of the request. An Idempotency-Key is unique per API key. */
  keyPk: number
  /** SHA-256 of the Idempotency-Key. */
  keyHash: Uint8Array<ArrayBuffer>
  /** SHA-256 of everything in the request that affects its effect or its response. */
  requestHash: Uint8Array<ArrayBuffer>
}

/** Retention of idempotency records: a day. */
const RECORD_TTL_MS = 86_400_000
/** Maximum number of records that a cron run deletes. */
const MAX_DELETED = 10_000
/** `Retry-After` for an API key with the maximum number of records. The oldest of them have usually expired by then. */
const RETRY_SECONDS = 3_600

const isRecord = ({ keyPk, keyHash }: IdempotencyRecord) =>
  and(eq(idempotency_records.key_pk, keyPk), eq(idempotency_records.key_hash, keyHash))

/** Returns the guard that the API key has fewer than the maximum number of records. */
export const hasSpaceFor = ({ keyPk }: IdempotencyRecord): Guard => ({
  condition: sql`not exists (select 1 from idempotency_totals where key_pk = ${keyPk} and records >= ${LIMITS.idempotencyRecords})`,
  problem: () =>
    new Problem(
      'too-many-requests',
      `Too many requests with an Idempotency-Key: ${formatNumber(LIMITS.idempotencyRecords)} per API key in 24 hours. Omit the header, or retry later.`,
      { headers: { 'Retry-After': String(RETRY_SECONDS) } },
    ),
})

/** Builds the statements that insert a record. They run in the batch of the write, so a batch with an existing record stops unapplied. */
export const insertRecord = (
  db: Database,
  { keyPk, keyHash, requestHash }: IdempotencyRecord,
  commitId: string,
  now: number,
): Statement[] => [
  db.insert(idempotency_records).values({ key_pk: keyPk, key_hash: keyHash, request_hash: requestHash, commit_id: commitId, at: now }),
  db
    .insert(idempotency_totals)
    .values({ key_pk: keyPk, records: 1, bytes: 0 })
    .onConflictDoUpdate({ target: idempotency_totals.key_pk, set: { records: sql`records + 1` } }),
]

/** True for the error of a batch that stopped because its record exists. */
export const isAlreadyCommitted = (error: unknown): boolean =>
  errorMessages(error).includes('UNIQUE constraint failed: idempotency_records.')

/** Selects a record: none or one row. `response` is null if no response is stored. */
export const selectRecord = (db: Database, record: IdempotencyRecord) =>
  db
    .select({
      requestHash: idempotency_records.request_hash,
      commitId: idempotency_records.commit_id,
      response: idempotency_records.response,
    })
    .from(idempotency_records)
    .where(isRecord(record))

/** Returns the record of a request from the primary, or undefined if the request was not committed. */
export const findRecord = async (isolate: Isolate, record: IdempotencyRecord) => {
  const [[found]] = await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch([selectRecord(session.db, record)])
  })
  return found
}

/** Builds the statements that store a response, unless one is stored or the records of the API key would exceed their size limit. */
const storeResponse = (db: Database, record: IdempotencyRecord, response: Uint8Array<ArrayBuffer>) =>
  [
    db
      .update(idempotency_records)
      .set({ response })
      .where(
        and(
          isRecord(record),
          isNull(idempotency_records.response),
          sql`(select bytes from idempotency_totals as total where total.key_pk = ${record.keyPk}) <= ${LIMITS.idempotencyBytes - response.length}`,
        ),
      ),
    db
      .update(idempotency_totals)
      .set({ bytes: sql`bytes + ${response.length}` })
      .where(sql`key_pk = ${record.keyPk} and changes() > 0`),
  ] as const

/** Stores the encrypted response in the idempotency record, so that a repeated request gets it again. */
export const saveResponse = async (isolate: Isolate, record: IdempotencyRecord, response: Uint8Array<ArrayBuffer>): Promise<void> => {
  await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch(storeResponse(session.db, record, response))
  })
}

/** Builds the statements that delete expired records and subtract them from the totals. */
export const deleteExpiredRecords = (db: Database, now: number) => {
  const expired = sql`(select key_pk, key_hash, response from idempotency_records where at < ${now - RECORD_TTL_MS} order by at, key_pk, key_hash limit ${literal(MAX_DELETED)})`
  return [
    db
      .update(idempotency_totals)
      .set({ records: sql`${idempotency_totals.records} - deleted.records`, bytes: sql`${idempotency_totals.bytes} - deleted.bytes` })
      .from(
        sql`(select key_pk, count(*) as records, coalesce(sum(length(response)), 0) as bytes from ${expired} group by key_pk) as deleted`,
      )
      .where(sql`idempotency_totals.key_pk = deleted.key_pk`),
    db
      .delete(idempotency_records)
      .where(sql`(key_pk, key_hash) in (select key_pk, key_hash from ${expired})`)
      .returning({ keyPk: idempotency_records.key_pk }),
  ] as const
}
