import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import type { Database, Statement } from '../db/client.ts'
import { errorMessages, openSession } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { answer_totals, answers } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import type { Guard } from './mutation.ts'

/** Identifies a POST with an Idempotency-Key, which is applied once however often the client sends it. */
export interface IdempotencyRecord {
  /** Number of the API key of the request. An Idempotency-Key is unique per API key. */
  key: number
  /** SHA-256 of the Idempotency-Key. */
  name: Uint8Array<ArrayBuffer>
  /** SHA-256 of everything in the request that affects its effect or its response. */
  request: Uint8Array<ArrayBuffer>
}

/** Retention of idempotency records: a day. */
const RECORD_TTL_MS = 86_400_000
/** Maximum number of records that a cron run deletes. */
const MAX_DELETED = 10_000
/** `Retry-After` for an API key with the maximum number of records. The oldest of them have usually expired by then. */
const RETRY_SECONDS = 3_600

const isRecord = ({ key, name }: IdempotencyRecord) => and(eq(answers.key, key), eq(answers.name, name))

/** Returns the guard that the API key has fewer than the maximum number of records. */
export const hasSpaceFor = ({ key }: IdempotencyRecord): Guard => ({
  condition: sql`not exists (select 1 from answer_totals where key = ${key} and records >= ${LIMITS.idempotencyRecords})`,
  problem: () =>
    new Problem(
      'too-many-requests',
      `Too many requests with an Idempotency-Key: ${formatNumber(LIMITS.idempotencyRecords)} per API key in 24 hours. Omit the header, or retry later.`,
      { headers: { 'Retry-After': String(RETRY_SECONDS) } },
    ),
})

/** Builds the statements that insert a record. They run in the batch of the write, so a batch with an existing record stops unapplied. */
export const insertRecord = (db: Database, { key, name, request }: IdempotencyRecord, commitId: string, now: number): Statement[] => [
  db.insert(answers).values({ key, name, request, commit_id: commitId, at: now }),
  db
    .insert(answer_totals)
    .values({ key, records: 1, bytes: 0 })
    .onConflictDoUpdate({ target: answer_totals.key, set: { records: sql`records + 1` } }),
]

/** True for the error of a batch that stopped because its record exists. */
export const isAlreadyCommitted = (error: unknown): boolean => errorMessages(error).includes('UNIQUE constraint failed: answers.')

/** Selects a record: none or one row. `answer` is null if no response is stored. */
export const selectRecord = (db: Database, record: IdempotencyRecord) =>
  db.select({ request: answers.request, commitId: answers.commit_id, answer: answers.answer }).from(answers).where(isRecord(record))

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
      .update(answers)
      .set({ answer: response })
      .where(
        and(
          isRecord(record),
          isNull(answers.answer),
          sql`(select bytes from answer_totals as total where total.key = ${record.key}) <= ${LIMITS.idempotencyBytes - response.length}`,
        ),
      ),
    db
      .update(answer_totals)
      .set({ bytes: sql`bytes + ${response.length}` })
      .where(sql`key = ${record.key} and changes() > 0`),
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
  const expired = sql`(select key, name, answer from answers where at < ${now - RECORD_TTL_MS} order by at, key, name limit ${MAX_DELETED})`
  return [
    db
      .update(answer_totals)
      .set({ records: sql`${answer_totals.records} - deleted.records`, bytes: sql`${answer_totals.bytes} - deleted.bytes` })
      .from(sql`(select key, count(*) as records, coalesce(sum(length(answer)), 0) as bytes from ${expired} group by key) as deleted`)
      .where(sql`answer_totals.key = deleted.key`),
    db
      .delete(answers)
      .where(sql`(key, name) in (select key, name from ${expired})`)
      .returning({ key: answers.key }),
  ] as const
}
