import { DrizzleQueryError } from 'drizzle-orm/errors'
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import {
  assertTrue,
  BOOKMARK,
  EARLIEST_BOOKMARK,
  integer,
  isGuardAbort,
  isRejection,
  isUnavailable,
  latestBookmark,
  openSession,
  singleRow,
} from '../../../src/db/client.ts'
import { dialect } from '../../../src/db/dialect.ts'
import { activePlatformLimits } from '../../../src/db/platform-limits.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: an error of D1 is retried only if the statements did not cause it, and a bookmark counts only if the primary gave it.

const ERRORS: [message: string, isUnavailable: boolean, isRejection: boolean][] = [
  ['D1_ERROR: Network connection lost.', true, false],
  ['D1_EXEC_ERROR: internal error', true, false],
  ['Network connection lost.', true, false],
  ['D1 DB storage operation exceeded timeout which caused object to be reset.', true, false],
  ['D1_ERROR: database is locked: SQLITE_BUSY', true, false],
  ['D1_ERROR: D1 DB is overloaded. Requests queued for too long.', true, true],
  ['D1 DB is overloaded: the queue "read" of this isolate is full.', true, true],
  ['D1_ERROR: Exceeded maximum DB size.', true, true],
  ['Exceeded maximum DB size.', true, true],
  ['D1_ERROR: database or disk is full: SQLITE_FULL', true, true],
  ['KV put() limit exceeded for the day.', true, true],
  ['D1_ERROR: malformed JSON: SQLITE_ERROR', false, false],
  ['D1_ERROR: UNIQUE constraint failed: audit_log.commit_id: SQLITE_CONSTRAINT', false, false],
  ['x is not a function', false, false],
  ['The text D1_ERROR: of a client', false, false],
]

describe.each(ERRORS)('the error %j', (message, unavailable, rejection) => {
  test.each([
    ['itself', new Error(message)],
    ['as the cause of the error of Drizzle', new DrizzleQueryError('select 1', [], new Error(message))],
  ])('the error, %s, is classified', (_, error) => {
    expect([isUnavailable(error), isRejection(error)]).toEqual([unavailable, rejection])
  })
})

test('a time limit means that D1 is unavailable, and that the outcome of the batch is unknown', () => {
  const error = new TimeoutError('Time limit of 10 ms exceeded.')
  expect([isUnavailable(error), isRejection(error)]).toEqual([true, false])
})

test('isGuardAbort is true for the error of a batch that assertTrue has stopped', () => {
  expect(isGuardAbort(new Error('D1_ERROR: malformed JSON: SQLITE_ERROR'))).toBe(true)
  expect(isGuardAbort(new Error('D1_ERROR: no such column: x: SQLITE_ERROR'))).toBe(false)
  expect(dialect.sqlToQuery(assertTrue(sql`a = ${1}`))).toEqual({ sql: "json(case when a = ? then '1' else 'x' end)", params: [1] })
})

test('integer casts a number, which D1 binds as a real one', () =>
  expect(dialect.sqlToQuery(integer(60))).toEqual({ sql: 'cast(? as integer)', params: [60] }))

describe('openSession', () => {
  const bookmarkOf = (n: number) => `0000000${n}-00000000-00000000-${'0'.repeat(32)}`
  /** Returns an isolate whose sessions have these bookmarks, one after the other. */
  const isolateWith = (bookmarks: (string | null)[]) => {
    const { isolate } = makeScriptedIsolate(() => [[{ one: 1 }]])
    const starts: string[] = []
    const session = isolate.database.withSession('first-primary')
    const withSession = (start: string) => {
      starts.push(start)
      const bookmark = bookmarks[starts.length - 1]!
      return { prepare: (text: string) => session.prepare(text), batch: session.batch.bind(session), getBookmark: () => bookmark }
    }
    return { isolate: { ...isolate, database: { withSession } as unknown as D1Database }, starts }
  }
  const run = (isolate: Parameters<typeof openSession>[0], start: string) => {
    const session = openSession(isolate, start)
    return session.batch([session.db.select({ one: sql<number>`1`.as('one') }).from(singleRow)])
  }

  test('the latest bookmark of an isolate is the latest one that the primary gave it', async () => {
    const { isolate, starts } = isolateWith([2, 1, 9, 3].map(bookmarkOf))
    expect(latestBookmark(isolate)).toBe('')
    const expected: [start: string, latest: string][] = [
      ['first-primary', bookmarkOf(2)],
      ['first-primary', bookmarkOf(2)],
      [bookmarkOf(9), bookmarkOf(2)],
      ['first-primary', bookmarkOf(3)],
    ]
    for (const [start, latest] of expected) {
      expect(await run(isolate, start)).toEqual([[{ one: 1 }]])
      expect(latestBookmark(isolate)).toBe(latest)
    }
    expect(starts).toEqual(expected.map(([start]) => start))
  })

  test('a session without a bookmark has one that is older than every commit', () => {
    const { isolate } = isolateWith([null, bookmarkOf(4)])
    expect(openSession(isolate, 'first-primary').bookmark()).toBe(EARLIEST_BOOKMARK)
    expect(openSession(isolate, 'first-primary').bookmark()).toBe(bookmarkOf(4))
    expect(BOOKMARK.test(EARLIEST_BOOKMARK)).toBe(true)
    expect(EARLIEST_BOOKMARK < bookmarkOf(1)).toBe(true)
  })

  test('a batch that meets a limit of the platform is rejected, and the isolate remembers the limit', async () => {
    const error = new Error('D1_ERROR: Exceeded maximum DB size.')
    const { isolate } = makeScriptedIsolate(() => error)
    await expect(run(isolate, 'first-primary')).rejects.toBe(error)
    expect(activePlatformLimits(isolate)).toEqual(['database-size'])
  })
})
