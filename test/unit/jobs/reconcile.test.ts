import { beforeEach, expect, test } from 'vitest'
import { reconcile } from '../../../src/jobs/cache-upkeep.ts'
import { kvKey } from '../../../src/documents/path.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: reconcile makes an entry stale if KV, which had time to show the last put, does not list its entity tag, and deletes an entry
// without a row.

/** The time of the scripted clock, and the time that KV needs to list a put. */
const NOW = 1_000_000
const SETTLED_MS = 90_000
const PAGE_ROWS = 5_000
const VERSION = 6

interface Row {
  path: string
  version: number
  etag: string | null
  settledAt: number | null
  isOutsideBacklog: number
}
const pathOf = (n: number) => `1/api/factory/${n}`
const keyOf = (n: number) => kvKey(pathOf(n), VERSION)
const rowOf = (n: number, more: Partial<Row> = {}): Row => ({
  path: pathOf(n),
  version: VERSION,
  etag: '"a"',
  settledAt: NOW - SETTLED_MS,
  isOutsideBacklog: 0,
  ...more,
})

let directory: Row[]
/** The pages of the list of KV, as names with entity tags. The last one repeats itself if the list is not complete. */
let pages: [name: string, etag?: string][][]
let isComplete: boolean
let cursors: (string | undefined)[]
let deleted: string[]
let limits: number[]
/** The entries of each statement that changes the directory. */
let changed: { stale: string[]; backlog: string[] }[]
/** The names of the members of the entries of each statement. */
let members: string[]
/** Parts of the directory that were read, by the path after which they begin. */
let read: unknown[]
let isolate: Isolate

beforeEach(() => {
  ;[directory, pages, isComplete, cursors, deleted, changed, read] = [[], [[]], true, [], [], [], []]
  const scripted = makeScriptedIsolate((_, batch) => {
    if (batch[0]!.sql.startsWith('select')) {
      const after = batch[0]!.params.find((param) => typeof param === 'string')!
      read.push(after)
      return [directory.filter(({ path }) => path > after).slice(0, PAGE_ROWS) as unknown as Record<string, unknown>[]]
    }
    const entries = batch.map(({ params }) => JSON.parse(String(params.find((param) => String(param).startsWith('[')))) as Row[])
    members = entries.map(([entry = {}]) => Object.keys(entry).join(' '))
    const [stale = [], backlog = []] = entries.map((rows) => rows.map(({ path }) => path))
    changed.push({ stale, backlog })
    return [[], []]
  })
  limits = scripted.limits
  const kv = {
    list: async ({ cursor }: { cursor?: string }) => {
      cursors.push(cursor)
      const page = pages[Math.min(cursors.length, pages.length) - 1]!
      const isLast = cursors.length >= pages.length
      return {
        keys: page.map(([name, etag]) => ({ name, metadata: etag === undefined ? null : { etag } })),
        list_complete: isComplete && isLast,
        cursor: `page ${cursors.length}`,
      }
    },
    delete: async (key: string) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      deleted.push(key)
    },
  }
  isolate = { ...scripted.isolate, kv: kv as unknown as KVNamespace }
})

const run = async (operations = 800) => {
  isolate.usage.begun = isolate.config.maxOperations - operations
  return reconcile(isolate)
}

test.each<[name: string, row: Partial<Row>, listed: string | undefined, isStale: boolean]>([
  ['with the entity tag in KV', {}, '"a"', false],
  ['with another entity tag in KV', {}, '"b"', true],
  ['whose key KV does not list', {}, undefined, true],
  ['that was put later than KV must list', { settledAt: NOW - SETTLED_MS + 1 }, '"b"', false],
  ['that is stale or not leased', { settledAt: null }, '"b"', false],
  ['that is stale and whose key KV does not list', { settledAt: null }, undefined, false],
])('reconcile of an entry %s', async (_, row, listed, isStale) => {
  directory = [rowOf(1), rowOf(2, row), rowOf(3)]
  pages = [[1, 2, 3].flatMap((n): [string, string][] => (n === 2 ? (listed ? [[keyOf(n), listed]] : []) : [[keyOf(n), '"a"']]))]
  expect(await run()).toEqual({ differing: isStale ? 1 : 0, unknown: 0 })
  expect(changed).toEqual(isStale ? [{ stale: [pathOf(2)], backlog: [] }] : [])
  expect([deleted, limits]).toEqual([[], [20_000]])
})

test('reconcile makes an entry stale that KV lists without metadata', async () => {
  directory = [rowOf(1)]
  pages = [[[keyOf(1)]]]
  expect(await run()).toEqual({ differing: 1, unknown: 0 })
})

test('reconcile adds stale entries to the backlog that are outside it, also if KV has no other difference', async () => {
  directory = [rowOf(1), rowOf(2, { settledAt: null, isOutsideBacklog: 1 })]
  pages = [[[keyOf(1), '"a"']]]
  expect(await run()).toEqual({ differing: 0, unknown: 0 })
  expect(changed).toEqual([{ stale: [], backlog: [pathOf(2)] }])
})

test('reconcile deletes the entries without a row, and no key that is not that of an entry', async () => {
  directory = [rowOf(1), rowOf(3, { settledAt: null })]
  pages = [[[keyOf(1), '"a"'], ['ready'], [keyOf(2), '"a"'], [keyOf(3), '"a"'], [kvKey(pathOf(1), 5), '"a"']]]
  expect(await run()).toEqual({ differing: 0, unknown: 2 })
  expect(deleted).toEqual([keyOf(2), kvKey(pathOf(1), 5)])
})

test.each([
  [800, 200],
  [16 + 400, 200],
  [16 + 399, 199],
  [16 + 3, 1],
  [16 + 1, 0],
  [0, 0],
])('reconcile with %i operations left deletes %i of many entries without a row', async (operations, expected) => {
  pages = [Array.from({ length: 450 }, (_, n) => [keyOf(n)])]
  expect(await run(operations)).toEqual({ differing: 0, unknown: expected })
  expect(deleted).toHaveLength(expected)
})

test('reconcile lists all pages of KV, one after the other', async () => {
  directory = [rowOf(1), rowOf(2), rowOf(3)]
  pages = [[[keyOf(1), '"a"']], [[keyOf(2), '"a"']], [[keyOf(3), '"a"']]]
  expect(await run()).toEqual({ differing: 0, unknown: 0 })
  expect(cursors).toEqual([undefined, 'page 1', 'page 2'])
})

test('reconcile lists 100 pages at most, and then compares no entry after the last listed key', async () => {
  directory = [rowOf(1), rowOf(2), rowOf(3)]
  isComplete = false
  pages = [[[keyOf(1), '"b"']], [[keyOf(2), '"b"']]]
  expect(await run()).toEqual({ differing: 2, unknown: 0 })
  expect(cursors).toHaveLength(100)
  expect(changed).toEqual([{ stale: [pathOf(1), pathOf(2)], backlog: [] }])
})

test('reconcile reads the directory in pages of 5,000 rows, and the next one after the last row', async () => {
  directory = Array.from({ length: PAGE_ROWS + 2 }, (_, n) => rowOf(10_000 + n))
  expect(await run()).toEqual({ differing: PAGE_ROWS + 2, unknown: 0 })
  expect(read).toEqual(['', pathOf(10_000 + PAGE_ROWS - 1)])
})

test('reconcile marks 5,000 rows at most, and sends no more of a row than is compared', async () => {
  directory = Array.from({ length: 2 * PAGE_ROWS + 2 }, (_, n) => rowOf(10_000 + n, n % 2 ? {} : { settledAt: null, isOutsideBacklog: 1 }))
  expect(await run()).toEqual({ differing: PAGE_ROWS + 1, unknown: 0 })
  expect(changed.map(({ stale, backlog }) => [stale.length, backlog.length])).toEqual([[PAGE_ROWS, PAGE_ROWS]])
  expect(members).toEqual(['path version etag', 'path version'])
})

test('reconcile changes the directory before it resolves', async () => {
  directory = [rowOf(1)]
  let isChanged = false
  const session = isolate.database.withSession('first-primary')
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await session.batch(statements)
    await new Promise((resolve) => setTimeout(resolve, 1))
    isChanged = changed.length > 0
    return results
  }
  const slow = { prepare: (sql: string) => session.prepare(sql), batch, getBookmark: () => session.getBookmark() }
  isolate = { ...isolate, database: { withSession: () => slow } as unknown as D1Database }
  await run()
  expect(isChanged).toBe(true)
})
