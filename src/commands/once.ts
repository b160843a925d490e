import { and, eq, lt, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { messages } from '../db/client.ts'
import { answers } from '../db/tables.ts'

/** A POST that its client wants carried out once, however often it is sent (Idempotency-Key). */
export interface Once {
  /** Number of the API key that sent it: each has idempotency keys of its own. */
  key: number
  /** Digest of the Idempotency-Key. */
  name: string
  /** Digest of what was asked: the path, the query and the body. */
  request: string
}

/** A request was carried out already, under the same key. */
export class DoneBefore extends Error {
  override name = 'DoneBefore'
}

/** How long an answer is kept: a day. */
const KEEP_MS = 86_400_000
/** Answers dropped in one tick; the rest waits for the next. */
const DROP_MOST = 10_000

const isOf = ({ key, name }: Once) => and(eq(answers.key, key), eq(answers.name, name))

/** Notes that a request is carried out. Part of the batch that does it: where another did, the batch stops and nothing happens. */
export const recordStatement = (db: Database, { key, name, request }: Once, commitId: string, now: number) =>
  db.insert(answers).values({ key, name, request, commit_id: commitId, at: now })

/** True for the error of a batch that was stopped because its request was carried out before. */
export const isDoneBefore = (error: unknown): boolean => messages(error).includes('UNIQUE constraint failed: answers.')

/** What is known of a request: none or one row. `answer` is null until it was given, or if it was lost. */
export const selectRecord = (db: Database, once: Once) =>
  db.select({ request: answers.request, commitId: answers.commit_id, answer: answers.answer }).from(answers).where(isOf(once))

/** Keeps what a request was answered with. */
export const answerStatement = (db: Database, once: Once, answer: string) => db.update(answers).set({ answer }).where(isOf(once))

/** Drops what is older than a day. */
export const dropAnswersStatement = (db: Database, now: number) =>
  db
    .delete(answers)
    .where(sql`(key, name) in (select key, name from ${answers} where ${lt(answers.at, now - KEEP_MS)} limit ${DROP_MOST})`)
    .returning({ key: answers.key })
