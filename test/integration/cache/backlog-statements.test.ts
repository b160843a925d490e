// Promise: each statement on the backlog changes the entries that its description names, to the millisecond, and no others.
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import {
  addToBacklog,
  claimStaleEntries,
  deleteExpiredRows,
  deleteLatePuts,
  markStale,
  recordLatePuts,
  selectDirectoryPage,
} from '../../../src/cache/backlog.ts'
import { CLAIMED, CURRENT, NOW, STALE, changes, insert, keyOf, pathsOf, useDirectory } from '../../support/directory-rows.ts'

const run = useDirectory()

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
