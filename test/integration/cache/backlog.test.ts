// Promise: a request or a cron run publishes at most as much as one invocation may, and no stale entry is lost.
import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

const FACTORIES = 2_000
const DOCUMENTS = ['', '/chart-data', '/production-actual', '/time', '/summary']
const counter = countBindings(env)
let harness: Harness

/** Adds factories without readings, and five leased cache entries of each. */
beforeAll(async () => {
  harness = await createHarness(counter.env)
  const ids = `with recursive n(i) as (select 3 union all select i + 1 from n where i < ${FACTORIES + 2})`
  await env.DB.batch(
    [
      `insert into series (pk, organisation_pk, factory_id) ${ids} select i + 100, 1, i from n`,
      `insert into factories (organisation_pk, id, time_zone, series_pk, created_at) ${ids} select 1, i, 'UTC', i + 100, 0 from n`,
      ...DOCUMENTS.map(
        (document, rank) => `insert into cache_entries (path, version, leased_until, stale_seq, published_seq, published_at) ${ids}
          select '1/api/factory/' || i || '${document}', ${PAYLOAD_VERSION}, ${harness.clock.now() + 3_600_000 + rank}, 0, 0, ${harness.clock.now()} from n`,
      ),
    ].map((statement) => env.DB.prepare(statement)),
  )
})

const getState = async () =>
  (await env.DB.prepare(
    `select count(*) filter (where stale_since is not null) as stale, count(*) filter (where claimed_by is not null) as claimed from cache_entries`,
  ).first<{ stale: number; claimed: number }>())!

test('a request over 2,000 factories with 10,000 leased entries publishes the 100 requested last, and keeps no claim on the others', async () => {
  counter.take()
  const readings = Array.from({ length: FACTORIES }, (_, n) => ({ factory: n + 3, time: 1_700_000_000, actual: 1 }))
  expect((await harness.operator.post('/api/readings', { readings })).status).toBe(200)
  await harness.drain()
  const used = counter.take()
  expect(used.kvPuts + used.kvDeletes).toBe(100)
  expect(used.statements).toBeLessThan(250)
  expect(await getState()).toEqual({ stale: 9_900, claimed: 0 })
  // The documents that were leased last are those whose rank is highest.
  const put = await env.CACHE.list()
  expect(put.keys.every(({ name }) => name.endsWith('/summary'))).toBe(true)
})

test('each cron run publishes 600 entries of the backlog within 800 statements and 800 KV operations until the backlog is empty', async () => {
  const isolate = newIsolate(harness.clock, counter.env)
  const runCronOnce = async () => {
    counter.take()
    await runCron(isolate, 60_000)
    const used = counter.take()
    expect(used.statements).toBeLessThanOrEqual(800)
    expect(used.kvReads + used.kvPuts + used.kvDeletes + used.kvLists).toBeLessThanOrEqual(800)
    return (await getState()).stale
  }
  expect(await runCronOnce()).toBe(9_300)
  // The other 8,300 entries are deleted: publishing them would show nothing new.
  await env.DB.prepare(
    'delete from cache_entries where path in (select path from cache_entries where stale_since is not null limit 8300)',
  ).run()
  expect(await runCronOnce()).toBe(400)
  expect(await runCronOnce()).toBe(0)
  expect(await getState()).toEqual({ stale: 0, claimed: 0 })
  const { path } = (await env.DB.prepare(`select path from cache_entries where path like '%/time' limit 1`).first<{ path: string }>())!
  expect(await env.CACHE.get(kvKey(path, PAYLOAD_VERSION))).toBe('[1700000000]')
})

test('on the free plan, a cron run uses at most 40 statements and 40 KV operations', async () => {
  await env.DB.prepare(`update cache_entries set stale_since = 0, stale_seq = stale_seq + 1, etag = null where path like '%/time'`).run()
  const isolate = newIsolate(harness.clock, { ...counter.env, PLAN: 'free' })
  for (const minute of [0, 1]) {
    counter.take()
    await runCron(isolate, minute * 60_000)
    const used = counter.take()
    expect(used.statements).toBeLessThanOrEqual(40)
    expect(used.kvReads + used.kvPuts + used.kvDeletes + used.kvLists).toBeLessThanOrEqual(40)
    expect(used.kvPuts).toBeGreaterThan(5)
  }
})
