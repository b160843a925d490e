// Promise: each statement on the cache directory changes the entries that its description names, to the millisecond, and no others.
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addToBacklog,
  claimStaleEntries,
  deleteExpiredRows,
  deleteLatePuts,
  markStale,
  recordLatePuts,
  selectDirectoryPage,
} from '../../../src/cache/backlog.ts'
import { confirmPuts, leaseEntry, releaseClaims, selectEntry } from '../../../src/cache/directory.ts'
import type { Claim, PutResult } from '../../../src/cache/directory.ts'
import { openSession } from '../../../src/db/client.ts'
import type { Database, Statement } from '../../../src/db/client.ts'
import type { EntryRow } from '../../support/entry-row.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

/** The time of each statement, and the sequence number of the latest commit. */
const NOW = 1_800_000_000_000
const LATEST = 1_000

/** A current entry, leased and unclaimed. */
const CURRENT = {
  version: 3,
  leased_until: NOW + 1,
  stale_seq: 5,
  published_seq: 5,
  published_at: 77,
  claimed_until: 0,
  claimed_by: null,
  etag: '"a"',
  stale_since: null,
}
/** A stale entry, leased and unclaimed. */
const STALE = { ...CURRENT, stale_seq: 6, stale_since: NOW - 10 }
/** A stale entry that a publisher has claimed. */
const CLAIMED = { ...STALE, claimed_until: NOW + 1, claimed_by: 'me' }

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await env.DB.prepare('update organisations set commit_seq_base = ? where pk = 1').bind(LATEST).run()
})
beforeEach(() => env.DB.prepare('delete from cache_entries').run())

const run = async <S extends Statement>(build: (db: Database) => S) => {
  const session = openSession(harness.isolate, 'first-primary')
  const [rows] = await session.batch([build(session.db)])
  return rows
}
const insert = (rows: Record<string, Partial<EntryRow>>) =>
  env.DB.batch(
    Object.entries(rows).map(([path, row]) => {
      const columns = { ...CURRENT, path, ...row }
      const names = Object.keys(columns)
      return env.DB.prepare(`insert into cache_entries (${names.join()}) values (${names.map(() => '?').join()})`).bind(
        ...Object.values(columns),
      )
    }),
  )
/** Returns the columns of each row that differ from those that were inserted. */
const changes = async (rows: Record<string, Partial<EntryRow>>) => {
  const { results } = await env.DB.prepare('select * from cache_entries').all<EntryRow>()
  return Object.fromEntries(
    results.flatMap((row) => {
      const before: Record<string, unknown> = { ...CURRENT, path: row.path, ...rows[row.path] }
      const changed = Object.entries(row).filter(([name, value]) => value !== before[name])
      return changed.length ? [[row.path, Object.fromEntries(changed)]] : []
    }),
  )
}
const pathsOf = async () => (await env.DB.prepare('select path from cache_entries order by path').raw<[string]>()).flat()
const keyOf = (path: string, version = CURRENT.version) => ({ path, version })

describe('claimStaleEntries', () => {
  const rows = {
    '1/at': STALE,
    '1/claimed': CLAIMED,
    '1/current': CURRENT,
    '1/expired': { ...CLAIMED, claimed_by: 'lost', claimed_until: NOW, stale_since: NOW - 11 },
    '1/later': { ...STALE, stale_since: NOW - 9 },
    '1/unleased': { ...STALE, leased_until: NOW },
  }
  const claim = (limit: number) => run((db) => claimStaleEntries(db, { now: NOW, staleBefore: NOW - 10, limit }, 'me'))
  const claimed = { claimed_by: 'me', claimed_until: NOW + 60_000 }

  test('claimStaleEntries claims leased entries from the time of staleness and the end of a claim, and forgets the etag of an expired claim', async () => {
    await insert(rows)
    const returned = await claim(10)
    expect(await changes(rows)).toEqual({ '1/at': claimed, '1/expired': { ...claimed, etag: null } })
    expect(returned.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { ...keyOf('1/at'), leasedUntil: NOW + 1, etag: '"a"', staleSince: NOW - 10, claimedBy: 'me' },
      { ...keyOf('1/expired'), leasedUntil: NOW + 1, etag: null, staleSince: NOW - 11, claimedBy: 'me' },
    ])
  })

  test('claimStaleEntries claims the longest stale entries up to its limit', async () => {
    await insert(rows)
    await claim(1)
    expect(Object.keys(await changes(rows))).toEqual(['1/expired'])
  })
})

describe('leaseEntry', () => {
  const until = NOW + 3_600_000
  const renewBelow = NOW + 900_000
  const lease = (path: string, more: { version?: number; maxEntries?: number } = {}) =>
    run((db) => leaseEntry(db, { ...keyOf(path), until, renewBelow, maxEntries: 100, ...more }, NOW, 'me'))
  const claimed = { claimed_by: 'me', claimed_until: NOW + 60_000 }
  const renewed = { leased_until: until, published_seq: -1, stale_seq: LATEST, etag: null }

  test('leaseEntry adds a new entry as stale and claimed', async () => {
    expect(await lease('1/new')).toEqual([{ ...keyOf('1/new'), leasedUntil: until, etag: null, staleSince: NOW, claimedBy: 'me' }])
    expect(await changes({})).toEqual({ '1/new': { ...claimed, ...renewed, published_at: 0, stale_since: NOW } })
  })

  test('leaseEntry adds no entry if the organisation has the maximum, of which each version of a path counts', async () => {
    const rows = { '1/old': { ...CURRENT, version: 2 }, '1/other': CURRENT, '2/a': CURRENT }
    await insert(rows)
    for (const path of ['1/old', '1/new']) expect(await lease(path, { maxEntries: 2 })).toEqual([])
    expect(await changes(rows)).toEqual({})
    expect(await lease('1/old', { version: 2, maxEntries: 0 })).toHaveLength(1)
    expect(await lease('1/old', { maxEntries: 3 })).toHaveLength(1)
  })

  const cases: Record<string, [row: Partial<EntryRow>, changed: Partial<EntryRow> | undefined]> = {
    'leaves a current entry whose lease ends at the limit': [{ leased_until: renewBelow }, undefined],
    'renews the lease of a current entry': [{ leased_until: renewBelow - 1 }, { ...claimed, ...renewed, stale_since: NOW }],
    'renews the lease of an entry that a later commit has invalidated': [
      { ...STALE, stale_seq: LATEST + 1 },
      { ...claimed, ...renewed, stale_seq: undefined! },
    ],
    'renews the lease of a stale entry, which stays stale since the same time': [STALE, { ...claimed, ...renewed }],
    'starts an entry whose lease has expired as stale': [
      { ...STALE, leased_until: NOW },
      { ...claimed, ...renewed, stale_since: NOW },
    ],
    'renews the lease of an entry that another publisher has claimed, and leaves the claim': [{ ...CLAIMED, claimed_by: 'other' }, renewed],
    'claims a stale entry whose lease needs no renewal': [{ ...STALE, leased_until: until }, claimed],
    'adds a stale entry that it claims to the backlog': [
      { ...STALE, leased_until: until, stale_since: null },
      { ...claimed, stale_since: NOW },
    ],
    'claims a stale entry when its claim expires, and forgets the etag': [
      { ...CLAIMED, leased_until: until, claimed_by: 'lost', claimed_until: NOW },
      { ...claimed, etag: null },
    ],
    'leaves a stale entry that another publisher has claimed': [{ ...CLAIMED, leased_until: until, claimed_by: 'other' }, undefined],
    'leaves a current entry without a claim': [{ leased_until: until }, undefined],
  }
  test.each(Object.entries(cases))('leaseEntry %s', async (_, [row, changed]) => {
    const rows = { '1/a': row, '1/b': row }
    await insert(rows)
    const returned = await lease('1/a')
    const { stale_seq, ...others } = { ...changed }
    const expected = stale_seq === undefined ? others : { ...others, stale_seq }
    expect(await changes(rows)).toEqual(changed ? { '1/a': expected } : {})
    const after = { ...CURRENT, ...row, ...expected }
    expect(returned).toEqual(
      changed
        ? [
            {
              ...keyOf('1/a'),
              leasedUntil: after.leased_until,
              etag: after.etag,
              staleSince: after.stale_since,
              claimedBy: after.claimed_by,
            },
          ]
        : [],
    )
  })
})

describe('confirmPuts', () => {
  const result: Omit<PutResult, 'path'> = {
    version: CURRENT.version,
    leasedUntil: NOW + 1,
    seq: 6,
    renderedAt: NOW - 5,
    status: 'stored',
    etag: '"b"',
  }
  const released = { claimed_by: null, claimed_until: 0 }
  const extended = { claimed_until: NOW + 60_000 }
  const cases: Record<string, [row: Partial<EntryRow>, result: Partial<PutResult>, changed: Partial<EntryRow>]> = {
    'makes an entry current if no later commit has invalidated it': [
      CLAIMED,
      {},
      { ...released, published_seq: 6, published_at: NOW, etag: '"b"', stale_since: null },
    ],
    'keeps the claim if a later commit has invalidated the entry, which is stale since the rendering': [
      { ...CLAIMED, stale_seq: 7 },
      {},
      { ...extended, published_seq: 6, published_at: NOW, etag: '"b"', stale_since: NOW - 5 },
    ],
    'keeps the time of a commit after the rendering as the time of staleness': [
      { ...CLAIMED, stale_seq: 7, stale_since: NOW - 4 },
      {},
      { ...extended, published_seq: 6, published_at: NOW, etag: '"b"' },
    ],
    'keeps the claim if the lease was renewed, because KV has another expiration': [
      { ...CLAIMED, leased_until: NOW + 2 },
      {},
      { ...extended, etag: null },
    ],
    'keeps the claim and the etag if KV rejected the put': [CLAIMED, { status: 'rejected' }, extended],
    'ends the lease of a deleted entry': [
      CLAIMED,
      { status: 'deleted', etag: null },
      { ...released, leased_until: 0, published_seq: 6, published_at: NOW, etag: null, stale_since: null },
    ],
    'keeps the lease of a deleted entry that a later commit has invalidated': [
      { ...CLAIMED, stale_seq: 7 },
      { status: 'deleted', etag: null },
      { ...extended, published_seq: 6, published_at: NOW, etag: null, stale_since: NOW - 5 },
    ],
    'leaves an entry that another publisher has claimed': [{ ...CLAIMED, claimed_by: 'other' }, {}, {}],
    'leaves another version of the entry': [{ ...CLAIMED, version: 2 }, {}, {}],
  }
  test.each(Object.entries(cases))('confirmPuts %s', async (_, [row, more, changed]) => {
    const rows = { '1/a': row, '1/b': CLAIMED }
    await insert(rows)
    const returned = await run((db) => confirmPuts(db, [{ ...result, path: '1/a', ...more }], NOW, 'me'))
    const isChanged = Object.keys(changed).length > 0
    expect(await changes(rows)).toEqual(isChanged ? { '1/a': changed } : {})
    expect(returned.map(({ path, claimedBy }) => [path, claimedBy])).toEqual(
      isChanged ? [['1/a', 'claimed_by' in changed ? null : 'me']] : [],
    )
  })
})

test('releaseClaims releases the given claims if the publisher still has them', async () => {
  const rows = { '1/a': CLAIMED, '1/kept': CLAIMED, '1/taken': { ...CLAIMED, claimed_by: 'other' } }
  await insert(rows)
  await run((db) => releaseClaims(db, [keyOf('1/a'), keyOf('1/taken'), keyOf('1/kept', 2)] as Claim[], 'me'))
  expect(await changes(rows)).toEqual({ '1/a': { claimed_by: null, claimed_until: 0 } })
})

test('selectEntry returns the row of a leased entry of the version', async () => {
  await insert({ '1/a': { ...CURRENT, stale_seq: 6 }, '1/unleased': { ...CURRENT, leased_until: NOW } })
  const select = (path: string, version?: number) =>
    run((db) => selectEntry(db, keyOf(path, version).path, keyOf(path, version).version, NOW))
  expect(await select('1/a')).toEqual([{ etag: '"a"', stale: 6, published: 5 }])
  for (const missing of [select('1/a', 2), select('1/unleased'), select('1/other')]) expect(await missing).toEqual([])
})

test('selectDirectoryPage returns the rows after a key in the order of keys, and when each was settled', async () => {
  await insert({
    '1/e': { ...STALE, stale_since: null },
    '1/d': STALE,
    '1/c': { ...CURRENT, leased_until: NOW, version: 2 },
    '1/b': CURRENT,
    '1/a': CURRENT,
  })
  const select = (path: string, version: number, limit: number) => run((db) => selectDirectoryPage(db, { path, version }, limit, NOW))
  const row = (path: string, settledAt: number | null, isOutsideBacklog: number, version?: number) => ({
    ...keyOf(path, version),
    etag: '"a"',
    settledAt,
    isOutsideBacklog,
  })
  const expected = [row('1/b', 77, 0), row('1/c', null, 0, 2), row('1/d', null, 0), row('1/e', null, 1)]
  expect(await select('1/a', 3, 10)).toEqual(expected)
  expect(await select('1/b', 2, 3)).toEqual(expected.slice(0, 3))
})

test('markStale marks the current entries that have the etag', async () => {
  const rows = { '1/a': CURRENT, '1/another': { ...CURRENT, etag: '"b"' }, '1/stale': STALE, '1/other': CURRENT }
  await insert(rows)
  const entries = ['1/a', '1/another', '1/stale'].map((path) => ({ ...keyOf(path), etag: '"a"' }))
  await run((db) => markStale(db, entries, NOW))
  expect(await changes(rows)).toEqual({ '1/a': { published_seq: -1, stale_since: NOW, etag: null } })
})

test('addToBacklog adds the stale entries that the backlog does not have', async () => {
  const outside = { ...STALE, stale_since: null }
  const rows = { '1/a': outside, '1/current': CURRENT, '1/known': STALE, '1/other': outside }
  await insert(rows)
  await run((db) =>
    addToBacklog(
      db,
      ['1/a', '1/current', '1/known'].map((path) => keyOf(path)),
      NOW,
    ),
  )
  expect(await changes(rows)).toEqual({ '1/a': { stale_since: NOW } })
})

test('deleteExpiredRows deletes rows from two minutes after their lease, the earliest first', async () => {
  await insert({
    '1/a': { leased_until: NOW - 120_000 },
    '1/b': { leased_until: NOW - 120_001 },
    '1/c': { leased_until: NOW - 119_999 },
  })
  expect(await run((db) => deleteExpiredRows(db, NOW, 1))).toEqual([{ path: '1/b' }])
  expect(await run((db) => deleteExpiredRows(db, NOW, 10))).toEqual([{ path: '1/a' }])
  expect(await pathsOf()).toEqual(['1/c'])
})

test('recordLatePuts makes readers check entries for 95 s after the latest of an organisation, and deleteLatePuts ends that', async () => {
  const select = async () => (await env.DB.prepare('select * from late_puts').all()).results
  await run((db) => recordLatePuts(db, [1, 2], NOW))
  await run((db) => recordLatePuts(db, [1], NOW + 1))
  const [one, two] = [1, 2].map((pk) => ({ organisation_pk: pk, check_until: NOW + 95_002 - pk }))
  expect(await select()).toEqual([one, two])
  await run((db) => deleteLatePuts(db, NOW + 95_000))
  expect(await select()).toEqual([one])
  await run((db) => deleteLatePuts(db, NOW + 95_001))
  expect(await select()).toEqual([])
})
