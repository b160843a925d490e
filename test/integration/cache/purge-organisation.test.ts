// Promise: the cache entries of a deleted organisation are deleted in bounded steps, and those of other organisations stay.
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { purgeOrganisationEntries } from '../../../src/cache/purge-organisation.ts'
import { kvKey } from '../../../src/documents/path.ts'
import { countBindings } from '../../support/counting.ts'
import { LOST, makeFaultyD1 } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let harness: Harness
/** The keys whose deletion KV fails. */
let failing: string[]
const failingKv = new Proxy(env.CACHE, {
  get: (kv, name) => {
    const member: unknown = Reflect.get(kv, name)
    if (typeof member !== 'function') return member
    if (name !== 'delete') return member.bind(kv) as unknown
    return async (key: string) => {
      if (failing.includes(key)) throw new Error('KV DELETE failed: 500 Internal Server Error')
      return kv.delete(key)
    }
  },
})

beforeEach(async () => {
  failing = []
  harness = await createHarness({ CACHE: failingKv })
})

const addRows = (from: number, count: number, organisationPk = 1) =>
  env.DB.prepare(
    `with recursive n(n) as (select ${from} union all select n + 1 from n where n + 1 < ${from + count})
    insert into cache_entries (path, version, leased_until, stale_seq, published_seq) select '${organisationPk}/api/factory/' || n, 3, 0, 0, 0 from n`,
  ).run()
const countOf = async (organisationPk: number) =>
  (await env.DB.prepare('select count(*) as n from cache_entries where path like ?').bind(`${organisationPk}/%`).first<number>('n'))!
const pathsInKv = async () => (await env.CACHE.list()).keys.map(({ name }) => name)

test('purgeOrganisationEntries deletes the entries of the organisation in KV and in the cache directory', async () => {
  for (const organisationPk of [1, 2, 10]) {
    await addRows(0, 2, organisationPk)
    for (const id of [0, 1]) await env.CACHE.put(kvKey(`${organisationPk}/api/factory/${id}`, 3), 'bytes')
  }
  expect(await purgeOrganisationEntries(harness.isolate, 1)).toBe(2)
  expect([await countOf(1), await countOf(2), await countOf(10)]).toEqual([0, 2, 2])
  const others = [10, 2].flatMap((organisationPk) => [0, 1].map((id) => kvKey(`${organisationPk}/api/factory/${id}`, 3)))
  expect(await pathsInKv()).toEqual(others)
})

test('purgeOrganisationEntries sends one statement if the organisation has no entries', async () => {
  const counter = countBindings(env)
  expect(await purgeOrganisationEntries(newIsolate(harness.clock, counter.env), 1)).toBe(0)
  expect(counter.take().statements).toBe(1)
})

test('purgeOrganisationEntries keeps the row of an entry that KV may still have', async () => {
  await addRows(0, 2)
  failing = [kvKey('1/api/factory/0', 3)]
  expect(await purgeOrganisationEntries(harness.isolate, 1)).toBe(1)
  expect(await env.DB.prepare('select path from cache_entries').raw()).toEqual([['1/api/factory/0']])
})

test('purgeOrganisationEntries rejects if D1 fails to delete the rows, so that its job does not count them', async () => {
  await addRows(0, 2)
  const d1 = makeFaultyD1()
  d1.decide = ({ sql }) => (sql.startsWith('delete') ? { before: LOST } : undefined)
  await expect(purgeOrganisationEntries(newIsolate(harness.clock, { DB: d1.binding }), 1)).rejects.toThrow(LOST)
  expect(await countOf(1)).toBe(2)
})

test('purgeOrganisationEntries deletes 300 entries, or as many as the cron run has operations for', async () => {
  await addRows(0, 320)
  const isolate = newIsolate(harness.clock)
  expect(await purgeOrganisationEntries(isolate, 1)).toBe(300)
  // A job leaves 16 operations to the jobs after it.
  isolate.usage.begun = isolate.config.maxOperations - 16 - 5
  expect(await purgeOrganisationEntries(isolate, 1)).toBe(5)
  expect(await countOf(1)).toBe(15)
})
