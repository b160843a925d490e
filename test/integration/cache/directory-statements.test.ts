// Promise: each statement on the cache directory changes the entries that its description names, to the millisecond, and no others.
import { describe, expect, test } from 'vitest'
import { confirmPuts, leaseEntry, releaseClaims, selectEntry } from '../../../src/cache/directory.ts'
import type { Claim, PutResult } from '../../../src/cache/directory.ts'
import { CLAIMED, CURRENT, LATEST, NOW, STALE, changes, insert, keyOf, useDirectory } from '../../support/directory-rows.ts'
import type { EntryRow } from '../../support/entry-row.ts'

const run = useDirectory()

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
