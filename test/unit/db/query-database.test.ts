import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { openSession, singleRow } from '../../../src/db/client.ts'
import type { Session } from '../../../src/db/client.ts'
import { queryDatabase } from '../../../src/db/query-database.ts'
import { countTaken, LIGHT_ROWS, PLACES } from '../../../src/db/pending-queries.ts'
import type { Queue } from '../../../src/runtime/database-queue.ts'
import type { RequestIsolate } from '../../../src/runtime/isolate.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'
import { takePlaces } from '../../support/take-places.ts'

// Promise: a query with a known bookmark waits for a replica for at most one second. Then, or with an unknown bookmark, it goes to the
// primary.

const bookmarkOf = (n: number) => `0000000${n}-00000000-00000000-${'0'.repeat(32)}`
const KNOWN = bookmarkOf(5)
const LOST = new Error('D1_ERROR: Network connection lost.')

let isolate: RequestIsolate
/** The payments of the isolate, its sessions and their time limits, in order. */
let trace: string[]
/** The error of each session that a query opens, by the way it starts. */
let errors: Record<string, Error>

beforeEach(async () => {
  ;[trace, errors] = [[], {}]
  const scripted = makeScriptedIsolate(() => [[{ one: 1 }]]).isolate
  const session = scripted.database.withSession('first-primary')
  const open = (start: string) => {
    trace.push(start)
    const batch = (statements: D1PreparedStatement[]) => (errors[start] ? Promise.reject(errors[start]) : session.batch(statements))
    return { prepare: (text: string) => session.prepare(text), batch, getBookmark: () => KNOWN }
  }
  isolate = {
    ...scripted,
    database: { withSession: open } as unknown as D1Database,
    clock: {
      ...scripted.clock,
      withTimeout: (ms, work) => {
        trace.push(`${ms} ms`)
        return work
      },
    },
    request: {
      queue: 'anonymous',
      pay: async (rows) => {
        await Promise.resolve()
        trace.push(`${rows} rows`)
      },
      waitUntil: () => {},
    },
  }
  // The isolate has seen this bookmark from the primary.
  await select(openSession(isolate, 'first-primary'))
  trace = []
})
const select = async (session: Session) => (await session.batch([session.db.select({ one: sql<number>`1`.as('one') }).from(singleRow)]))[0]
const query = (bookmark: string | undefined, rows = 7) => queryDatabase(isolate, bookmark, rows, select)

test.each([
  ['without a bookmark asks the nearest replica', undefined, ['first-unconstrained', '10000 ms']],
  ['with a known bookmark waits for a replica', KNOWN, [KNOWN, '1000 ms']],
  ['with an earlier bookmark waits for a replica', bookmarkOf(4), [bookmarkOf(4), '1000 ms']],
  ['with a later bookmark, which may be forged, asks the primary', bookmarkOf(6), ['first-primary', '10000 ms']],
])('queryDatabase pays for its rows, and %s', async (_, bookmark, expected) => {
  expect(await query(bookmark)).toEqual([{ one: 1 }])
  expect(trace).toEqual(['7 rows', ...expected])
})

test('queryDatabase opens no session if the client cannot pay', async () => {
  const refusal = new Error('too many rows')
  isolate = { ...isolate, request: { ...isolate.request, pay: () => Promise.reject(refusal) } }
  await expect(query(undefined)).rejects.toBe(refusal)
  expect(trace).toEqual([])
})

describe('the queues', () => {
  test('a query that waits for a replica takes a place of its queue, and others one of the queue of the request', async () => {
    const taken: object[] = []
    const queues = Object.keys(PLACES) as Queue[]
    const look = async () => void taken.push(Object.fromEntries(queues.map((queue) => [queue, countTaken(isolate, queue)])))
    await queryDatabase(isolate, KNOWN, 1, look)
    await queryDatabase(isolate, undefined, 1, look)
    await queryDatabase(isolate, undefined, LIGHT_ROWS + 1, look)
    const none = { write: 0, read: 0, anonymous: 0, lookup: 0, replica: 0 }
    expect(taken).toEqual([
      { ...none, replica: 1 },
      { ...none, anonymous: 1 },
      { ...none, anonymous: 8 },
    ])
  })

  test('queryDatabase asks the primary if too many queries wait for a replica', async () => {
    takePlaces(isolate, 'replica', PLACES.replica - 1)
    await query(KNOWN)
    await query(KNOWN, LIGHT_ROWS + 1)
    expect(trace).toEqual(['7 rows', KNOWN, '1000 ms', `${LIGHT_ROWS + 1} rows`, 'first-primary', '10000 ms'])
  })
})

describe('an error of the replica', () => {
  test.each([
    ['that D1 is unavailable', LOST],
    ['that the replica does not reach the bookmark in time', new TimeoutError('late')],
  ])('queryDatabase asks the primary after the error %s', async (_, error) => {
    errors[KNOWN] = error
    expect(await query(KNOWN)).toEqual([{ one: 1 }])
    // Three attempts at the replica, then one at the primary.
    expect(trace.filter((each) => !/ms|rows/.test(each))).toEqual([KNOWN, KNOWN, KNOWN, 'first-primary'])
  })

  test.each([
    ['that D1 is overloaded', new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.')],
    ['that a limit of the platform is exceeded', new Error('D1_ERROR: Exceeded maximum DB size.')],
    ['of the query itself', new Error('D1_ERROR: no such column: x: SQLITE_ERROR')],
  ])('queryDatabase does not ask the primary after the error %s', async (_, error) => {
    errors[KNOWN] = error
    await expect(query(KNOWN)).rejects.toBe(error)
    expect(trace).not.toContain('first-primary')
  })

  test('queryDatabase rejects with the error of the primary', async () => {
    errors[KNOWN] = LOST
    errors['first-primary'] = new Error('D1_ERROR: no such column: x: SQLITE_ERROR')
    await expect(query(KNOWN)).rejects.toBe(errors['first-primary'])
  })
})
