import { beforeEach, describe, expect, test } from 'vitest'
import type { EntryMetadata } from '../../../src/cache/kv-store.ts'
import { recordOverdue } from '../../../src/cache/overdue.ts'
import { readDocument } from '../../../src/cache/read.ts'
import { recordCommit } from '../../../src/cache/recent-commits.ts'
import { exactRange, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { sprocketDocument } from '../../../src/documents/sprockets.ts'
import type { RequestIsolate } from '../../../src/runtime/isolate.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: a read that must not be older than a commit gets an older entry only if D1 cannot check it and no promise names the commit.
// Only a reader of an existing resource whose put is overdue leases its entry.

const path = '1/api/sprocket/1'
const bookmarkOf = (n: number) => `0000000${n}-00000000-00000000-${'0'.repeat(32)}`
const LOST = new Error('D1_ERROR: Network connection lost.')
const SPROCKET = { id: 1, teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }

let isolate: RequestIsolate
/** The response of D1 to a look at the cache directory, and to the query of the document. */
let responses: { directory: Record<string, unknown>[] | Error; document: Record<string, unknown>[] | Error }
/** Number of leases that were requested. */
let leases: number
let work: Promise<unknown>[]

beforeEach(() => {
  responses = { directory: [], document: [SPROCKET] }
  leases = 0
  work = []
  const scripted = makeScriptedIsolate((_, [first]) => {
    if (first!.sql.startsWith('insert into "cache_entries"')) leases++
    const response = first!.sql.includes('from "cache_entries"') ? responses.directory : responses.document
    return response instanceof Error ? response : [response]
  })
  const metadata: EntryMetadata = {
    version: PAYLOAD_VERSION,
    path,
    seq: 4,
    bookmark: bookmarkOf(4),
    etag: '"a"',
    leasedUntil: Number.MAX_SAFE_INTEGER,
  }
  isolate = {
    ...scripted.isolate,
    kv: { getWithMetadata: async () => ({ value: new Uint8Array(3).buffer, metadata }) } as unknown as KVNamespace,
    request: { queue: 'read', pay: async () => {}, waitUntil: (each) => void work.push(each) },
  }
})

const read = async (bookmark?: string) => {
  const key = { document: sprocketDocument, organisationPk: 1, params: { id: 1 } }
  const result = await readDocument(isolate, key, { bookmark, isAnonymous: false })
  await Promise.all(work)
  return result?.status
}
const commit = () => recordCommit(isolate, [exactRange(path)], 5, bookmarkOf(5))
const findOverdue = (n = 5) => recordOverdue(isolate, 1, n, bookmarkOf(n))

describe('readDocument while D1 is unavailable', () => {
  beforeEach(() => {
    responses = { directory: LOST, document: LOST }
  })

  test('readDocument serves an entry that lacks only a recent commit of the isolate', async () => {
    commit()
    expect(await read()).toBe('kv; hit; detail=unchecked')
  })

  test('readDocument serves an entry that lacks a recent commit if it contains the bookmark of the reader and the overdue commit', async () => {
    commit()
    findOverdue(4)
    expect(await read(bookmarkOf(4))).toBe('kv; hit; detail=unchecked')
  })

  test.each([
    ['the bookmark of the reader', () => read(bookmarkOf(5))],
    ['the bookmark of the reader and a recent commit', () => (commit(), read(bookmarkOf(5)))],
    ['an overdue commit', () => (findOverdue(), read())],
    ['an overdue commit and a recent commit', () => (commit(), findOverdue(), read())],
  ])('readDocument fails for an entry that lacks %s', async (_, readStale) => {
    await expect(readStale()).rejects.toMatchObject({ cause: LOST })
  })
})

test('readDocument fails if the query of a document that lacks a recent commit has an error that is not of the platform', async () => {
  commit()
  responses.document = new Error('D1_ERROR: no such column: teeth: SQLITE_ERROR')
  await expect(read()).rejects.toBe(responses.document)
})

test.each([
  ['leases the entry of a sprocket whose put is overdue', findOverdue, [SPROCKET], 'kv; fwd=stale; detail=bookmark', 1],
  ['leases no entry of a sprocket whose put is not overdue', commit, [SPROCKET], 'kv; fwd=stale; detail=bookmark', 0],
  ['leases no entry of a deleted sprocket', findOverdue, [], undefined, 0],
] as const)('readDocument %s', async (_, record, rows, status, expected) => {
  record()
  responses.document = [...rows]
  expect([await read(), leases]).toEqual([status, expected])
})
