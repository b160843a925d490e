// Promise: no request and no tick publishes more than one invocation may, and nothing of a backlog is lost.
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
let world: Harness

/** Factories without readings, and a leased copy of five documents of each. */
beforeAll(async () => {
  world = await createHarness(counter.env)
  const ids = `with recursive n(i) as (select 3 union all select i + 1 from n where i < ${FACTORIES + 2})`
  await env.DB.batch(
    [
      `insert into series (number, organisation, factory) ${ids} select i + 100, 1, i from n`,
      `insert into factories (organisation, id, time_zone, series, created_at) ${ids} select 1, i, 'UTC', i + 100, 0 from n`,
      `insert into calendars (number, series, zone) ${ids} select i + 100, i + 100, 'UTC' from n`,
      `update series set calendar = number where number > 100`,
      ...DOCUMENTS.map(
        (document, rank) => `insert into copies (path, version, leased_until, stale_seq, published_seq, published_at) ${ids}
          select '1/api/factory/' || i || '${document}', ${PAYLOAD_VERSION}, ${world.clock.now() + 3_600_000 + rank}, 0, 0, ${world.clock.now()} from n`,
      ),
    ].map((statement) => env.DB.prepare(statement)),
  )
})

const stateOf = async () =>
  (await env.DB.prepare(
    `select count(*) filter (where stale_since is not null) as stale, count(*) filter (where claimed_by is not null) as claimed from copies`,
  ).first<{ stale: number; claimed: number }>())!

test('a request over 2,000 factories with 10,000 leased payloads publishes 100 of them, wanted last, and gives no claim away', async () => {
  counter.take()
  const readings = Array.from({ length: FACTORIES }, (_, n) => ({ factory: n + 3, time: 1_700_000_000, actual: 1 }))
  expect((await world.operator.post('/api/readings', { readings })).status).toBe(200)
  await world.settle()
  const used = counter.take()
  expect(used.kvPuts + used.kvDeletes).toBe(100)
  expect(used.statements).toBeLessThan(250)
  expect(await stateOf()).toEqual({ stale: 9_900, claimed: 0 })
  // The documents that were leased last are those whose rank is highest.
  const put = await env.CACHE.list()
  expect(put.keys.every(({ name }) => name.endsWith('/summary'))).toBe(true)
})

test('each tick publishes 600 more, within 800 statements and 800 operations on KV, until nothing waits', async () => {
  const isolate = newIsolate(world.clock, counter.env)
  const tickOnce = async () => {
    counter.take()
    await runCron(isolate, 60_000)
    const used = counter.take()
    expect(used.statements).toBeLessThanOrEqual(800)
    expect(used.kvReads + used.kvPuts + used.kvDeletes + used.kvLists).toBeLessThanOrEqual(800)
    return (await stateOf()).stale
  }
  expect(await tickOnce()).toBe(9_300)
  // Ticks that publish the other 8,300 would show nothing else.
  await env.DB.prepare('delete from copies where path in (select path from copies where stale_since is not null limit 8300)').run()
  expect(await tickOnce()).toBe(400)
  expect(await tickOnce()).toBe(0)
  expect(await stateOf()).toEqual({ stale: 0, claimed: 0 })
  const { path } = (await env.DB.prepare(`select path from copies where path like '%/time' limit 1`).first<{ path: string }>())!
  expect(await env.CACHE.get(kvKey(path, PAYLOAD_VERSION))).toBe('[1700000000]')
})

test('on the free plan a tick keeps within 40 of each', async () => {
  await env.DB.prepare(`update copies set stale_since = 0, stale_seq = stale_seq + 1, etag = null where path like '%/time'`).run()
  const isolate = newIsolate(world.clock, { ...counter.env, PLAN: 'free' })
  for (const minute of [0, 1]) {
    counter.take()
    await runCron(isolate, minute * 60_000)
    const used = counter.take()
    expect(used.statements).toBeLessThanOrEqual(40)
    expect(used.kvReads + used.kvPuts + used.kvDeletes + used.kvLists).toBeLessThanOrEqual(40)
    expect(used.kvPuts).toBeGreaterThan(5)
  }
})
