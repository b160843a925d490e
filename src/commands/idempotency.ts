import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { errorMessages } from '../db/client.ts'
import { answer_totals, answers } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import type { Guard } from './mutation.ts'

/** A POST that its client wants carried out once, however often it is sent (Idempotency-Key). */
export interface IdempotencyRecord {
  /** Number of the API key that sent it: each has idempotency keys of its own. */
  key: number
  /** SHA-256 of the Idempotency-Key. */
  name: Uint8Array<ArrayBuffer>
  /** SHA-256 of all that decides what the request does and how it is answered. */
  request: Uint8Array<ArrayBuffer>
}

/** A request was carried out already, under the same key. */
export class AlreadyCommitted extends Error {
  override name = 'DoneBefore'
}

/** How long an answer is kept: a day. */
const KEEP_MS = 86_400_000
/** Answers dropped in one tick; the rest waits for the next. */
const DROP_MOST = 10_000
/** When a client may ask again whose API key has as many records as it may have: some of them are a day old by then. */
const RETRY_SECONDS = 3_600

const isOf = ({ key, name }: IdempotencyRecord) => and(eq(answers.key, key), eq(answers.name, name))

/** The guard that an API key has room for another record. */
export const hasSpaceFor = ({ key }: IdempotencyRecord): Guard => ({
  condition: sql`not exists (select 1 from answer_totals where key = ${key} and records >= ${LIMITS.idempotencyRecords})`,
  problem: () =>
    new Problem(
      'too-many-requests',
      `Too many requests with an Idempotency-Key: ${formatNumber(LIMITS.idempotencyRecords)} per API key in 24 hours. Omit the header, or retry later.`,
      { headers: { 'Retry-After': String(RETRY_SECONDS) } },
    ),
})

/** Notes that a request is carried out. Part of the batch that does it: where another did, the batch stops and nothing happens. */
export const insertRecord = (db: Database, { key, name, request }: IdempotencyRecord, commitId: string, now: number): Statement[] => [
  db.insert(answers).values({ key, name, request, commit_id: commitId, at: now }),
  db
    .insert(answer_totals)
    .values({ key, records: 1, bytes: 0 })
    .onConflictDoUpdate({ target: answer_totals.key, set: { records: sql`records + 1` } }),
]

/** True for the error of a batch that was stopped because its request was carried out before. */
export const isAlreadyCommitted = (error: unknown): boolean => errorMessages(error).includes('UNIQUE constraint failed: answers.')

/** What is known of a request: none or one row. `answer` is null until it was given, or if it was lost or not kept. */
export const selectRecord = (db: Database, once: IdempotencyRecord) =>
  db.select({ request: answers.request, commitId: answers.commit_id, answer: answers.answer }).from(answers).where(isOf(once))

/** Keeps what a request was answered with, once, unless its API key has no room for the bytes. */
export const storeResponse = (db: Database, once: IdempotencyRecord, answer: Uint8Array<ArrayBuffer>) =>
  [
    db
      .update(answers)
      .set({ answer })
      .where(
        and(
          isOf(once),
          isNull(answers.answer),
          sql`(select bytes from answer_totals as total where total.key = ${once.key}) <= ${LIMITS.idempotencyBytes - answer.length}`,
        ),
      ),
    db
      .update(answer_totals)
      .set({ bytes: sql`bytes + ${answer.length}` })
      .where(sql`key = ${once.key} and changes() > 0`),
  ] as const

/** Drops what is older than a day, and takes it from the totals. */
export const deleteExpiredRecords = (db: Database, now: number) => {
  const old = sql`(select key, name, answer from answers where at < ${now - KEEP_MS} order by at, key, name limit ${DROP_MOST})`
  return [
    db
      .update(answer_totals)
      .set({ records: sql`${answer_totals.records} - gone.records`, bytes: sql`${answer_totals.bytes} - gone.bytes` })
      .from(sql`(select key, count(*) as records, coalesce(sum(length(answer)), 0) as bytes from ${old} group by key) as gone`)
      .where(sql`answer_totals.key = gone.key`),
    db
      .delete(answers)
      .where(sql`(key, name) in (select key, name from ${old})`)
      .returning({ key: answers.key }),
  ] as const
}
