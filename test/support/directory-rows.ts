import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach } from 'vitest'
import { openSession } from '../../src/db/client.ts'
import type { Database, Statement } from '../../src/db/client.ts'
import type { EntryRow } from './entry-row.ts'
import { createHarness } from './harness.ts'
import type { Harness } from './harness.ts'

/** The time of each statement, and the sequence number of the latest commit. */
export const NOW = 1_800_000_000_000
export const LATEST = 1_000

/** A current entry, leased and unclaimed. */
export const CURRENT = {
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
export const STALE = { ...CURRENT, stale_seq: 6, stale_since: NOW - 10 }
/** A stale entry that a publisher has claimed. */
export const CLAIMED = { ...STALE, claimed_until: NOW + 1, claimed_by: 'me' }

/** Begins each test with an empty cache directory. Returns a function that runs a statement in a session of the primary. */
export const useDirectory = () => {
  let harness: Harness
  beforeAll(async () => {
    harness = await createHarness()
    await env.DB.prepare('update organisations set commit_seq_base = ? where pk = 1').bind(LATEST).run()
  })
  beforeEach(() => env.DB.prepare('delete from cache_entries').run())
  return async <S extends Statement>(build: (db: Database) => S) => {
    const session = openSession(harness.isolate, 'first-primary')
    const [rows] = await session.batch([build(session.db)])
    return rows
  }
}

/** Inserts entries by path, which differ from a current one in some columns. */
export const insert = (rows: Record<string, Partial<EntryRow>>) =>
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
export const changes = async (rows: Record<string, Partial<EntryRow>>) => {
  const { results } = await env.DB.prepare('select * from cache_entries').all<EntryRow>()
  return Object.fromEntries(
    results.flatMap((row) => {
      const before: Record<string, unknown> = { ...CURRENT, path: row.path, ...rows[row.path] }
      const changed = Object.entries(row).filter(([name, value]) => value !== before[name])
      return changed.length ? [[row.path, Object.fromEntries(changed)]] : []
    }),
  )
}
/** Returns the paths of all entries. */
export const pathsOf = async () => (await env.DB.prepare('select path from cache_entries order by path').raw<[string]>()).flat()
export const keyOf = (path: string, version = CURRENT.version) => ({ path, version })
