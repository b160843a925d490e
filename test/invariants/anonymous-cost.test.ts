import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { contractsOf } from '../../src/http/add-route.ts'
import { createApp } from '../../src/app.ts'
import { LIGHT_ROWS } from '../../src/db/retry.ts'
import { RATE_LIMITS } from '../../src/runtime/rate-limit-policies.ts'
import type { Policy } from '../../src/runtime/rate-limit-policies.ts'
import { dollarsOf, sumUp } from '../bench/prices.ts'
import type { Use } from '../bench/prices.ts'
import { countBindings } from '../support/counting.ts'
import type { Counter } from '../support/counting.ts'
import { UNLIMITED } from '../support/unlimited.ts'
import { attachClients, createHarness, newIsolate } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'

const guides: Record<string, string> = import.meta.glob('../../src/docs/guides/operate/security.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const guide = Object.values(guides)[0]!.replaceAll(/\s+/g, ' ')

/** What an anonymous client may cost in an hour. */
const DOLLARS_MOST = 2
/** More processor time than any request takes here (the tables of the benchmarks guide, and 100 ms for what asks for many rows). */
const CPU_MS = { any: 1, database: 10, large: 100 }
const HOUR = 60

const CHART = '/api/factory/0/chart-data'
/** A factory whose readings of one day are more than a question reads. */
const DENSE = '/api/factory/1/chart-data'
const FORGED = { 'x-d1-bookmark': `ffffffff-ffffffff-ffffffff-${'f'.repeat(32)}` }

/** The dearest requests of each route that takes no key. */
const REQUESTS: Record<string, string[]> = {
  '/health': ['/health'],
  '/ping': ['/ping'],
  '/api/v2/ping': ['/api/v2/ping'],
  '/ready': ['/ready'],
  '/openapi.json': ['/openapi.json'],
  '/api/factories': [
    '/api/factories',
    '/api/factories?cursor=1&limit=20',
    '/api/factories?chart_data=false',
    '/api/factories?limit=100&chart_data=false',
  ],
  '/api/factory/{id}': ['/api/factory/0'],
  '/api/factory/{id}/profile': ['/api/factory/0/profile'],
  '/api/factory/{id}/chart-data': [
    CHART,
    ...['rows', 'csv'].map((format) => `${CHART}?format=${format}`),
    ...[CHART, DENSE].flatMap((path) => ['day', 'week', 'month', 'year'].map((last) => `${path}?last=${last}`)),
    ...[CHART, DENSE].flatMap((path) =>
      ['points=2000', 'limit=5000', 'limit=2500', 'limit=5000&from=0', 'limit=5000&resolution=hour'].map((query) => `${path}?${query}`),
    ),
  ],
  '/api/factory/{id}/chart-data/{time}': [`${CHART}/3600`],
  '/api/factory/{id}/production-actual': ['/api/factory/0/production-actual'],
  '/api/factory/{id}/production-goal': ['/api/factory/0/production-goal'],
  '/api/factory/{id}/time': ['/api/factory/0/time'],
  '/api/factory/{id}/summary': ['/api/factory/0/summary', '/api/factory/1/summary'],
  '/api/factory/{id}/chart.svg': ['/api/factory/0/chart.svg'],
  '/api/factory/{id}/export': ['/api/factory/0/export?to=18000000'],
  '/api/summary': ['/api/summary'],
  '/api/sprockets': ['/api/sprockets', '/api/sprockets?limit=100'],
  '/api/sprocket/{id}': ['/api/sprocket/1'],
}

let world: Harness
let counter: Counter
beforeAll(async () => {
  counter = countBindings({ ...env, ...UNLIMITED })
  world = await createHarness()
  const hours = (begin: number) => Array.from({ length: 5_000 }, (_, n) => ({ time: 3_600 * (begin + n), actual: n, goal: n }))
  const seconds = (begin: number) => Array.from({ length: 5_000 }, (_, n) => ({ time: 1_700_000_000 + begin + n, actual: n, goal: n }))
  for (const begin of [0, 5_000]) {
    expect((await world.engineer.post(CHART, { readings: hours(begin) })).status).toBe(200)
    expect((await world.engineer.post(DENSE, { readings: seconds(begin) })).status).toBe(200)
  }
  const time = Array.from({ length: 500 }, (_, n) => 60 * n)
  for (let id = 3; id < 25; id++) await world.engineer.post('/api/factories', { chart_data: { time, sprocket_production_actual: time } })
  await world.settle()
}, 300_000)

interface Found {
  path: string
  /** What it spends of that a client has least of, of those for questions to the database. */
  policy: Policy | undefined
  use: Use
}

/** Returns what a request uses with everything that it leaves running, and the policies that it spends of. */
const measure = async (path: string, headers: Record<string, string>): Promise<Found> => {
  await env.DB.prepare('delete from copies').run()
  const policies: string[] = []
  const bindings = Object.entries(RATE_LIMITS).map(([policy, { binding }]) => [
    binding,
    {
      limit: async () => {
        policies.push(policy)
        return { success: true }
      },
    },
  ])
  const at = attachClients(newIsolate(world.clock, { ...counter.env, ...(Object.fromEntries(bindings) as object) }), world.clock)
  world.clock.advance(120_000)
  // The second read is the dearer one, for it leases a copy.
  await (await at.anonymous.get(path, headers)).arrayBuffer()
  await at.settle()
  await env.DB.prepare('delete from copies').run()
  world.clock.advance(6_000)
  policies.length = 0
  counter.take()
  await (await at.anonymous.get(path, { 'CF-Connecting-IP': '2001:db8::1', ...headers })).arrayBuffer()
  await at.settle()
  const { rowsRead, rowsWritten, kvReads, kvPuts, kvDeletes, kvLists } = counter.take()
  const policy = (['anonymous-large', 'anonymous-database'] as const).find((each) => policies.includes(each))
  return { path, policy, use: { rowsRead, rowsWritten, kvReads, kvPuts, kvDeletes, kvLists } }
}

describe('what an anonymous client can cost', () => {
  let found: Found[] = []
  beforeAll(async () => {
    for (const path of Object.values(REQUESTS).flat()) {
      // Of an export, the first page: each of the others is paid for as it is read.
      found.push(await measure(path, {}))
      found.push(await measure(path, FORGED))
    }
  }, 300_000)

  test('every route that takes no key is measured', () => {
    const open = contractsOf(createApp(world.isolate)).filter(({ method, role }) => method === 'get' && ['open', 'viewer'].includes(role))
    expect(Object.keys(REQUESTS).toSorted()).toEqual(open.map(({ path }) => path).toSorted())
  })

  test('every question to the database is paid for, and a large one as such', () => {
    // The look-up of the public organisation and the epoch is counted with each, for every isolate here is new.
    const light = found.filter(({ policy }) => policy === 'anonymous-database')
    const large = found.filter(({ policy }) => policy === 'anonymous-large')
    const free = found.filter(({ policy }) => policy === undefined)
    expect(free.filter(({ path, use }) => path.startsWith('/api') && use.rowsRead).map(({ path }) => path)).toEqual([])
    // Once for the answer, and once for the copy that is leased.
    for (const { path, use } of light) expect(use.rowsRead, path).toBeLessThanOrEqual(2 * LIGHT_ROWS + 100)
    for (const { path, use } of large) expect(use.rowsRead, path).toBeLessThanOrEqual(60_000)
  })

  test(`is less than ${DOLLARS_MOST} dollars an hour, and the security guide states the amount`, () => {
    const dearest = (policy: Policy) =>
      found
        .filter((each) => each.policy === policy)
        .map(({ use }) => use)
        .reduce((worst, use) => (dollarsOf(use) > dollarsOf(worst) ? use : worst), {})
    const perHour = (policy: Policy) => RATE_LIMITS[policy].quota * HOUR
    /** What there is of each allowance in an hour, and the dearest that can be had for one. A /48 has most: it is one client. */
    const parts: Record<string, [use: Use, times: number]> = {
      // Each refusal is a line of the log, and each answer from KV a read.
      requests: [{ requests: 1, cpuMs: CPU_MS.any, kvReads: 1, logLines: 1 }, perHour('network')],
      database: [{ ...dearest('anonymous-database'), cpuMs: CPU_MS.database }, perHour('network-database')],
      large: [{ ...dearest('anonymous-large'), cpuMs: CPU_MS.large }, perHour('network-large')],
      lookups: [{ rowsRead: 10 }, perHour('network-lookups')],
    }
    const dollars = dollarsOf(sumUp(...Object.values(parts)))
    const told = Object.entries(parts).map(([name, part]) => `${name} ${dollarsOf(sumUp(part)).toFixed(3)} ${JSON.stringify(part[0])}`)
    expect(dollars, told.join('\n')).toBeLessThan(DOLLARS_MOST)
    const figure = Number(/an anonymous client costs at most \$(\d+\.\d+) an hour/i.exec(guide)?.[1])
    expect(figure, `the security guide says ${figure}, and it is ${dollars.toFixed(2)}:\n${told.join('\n')}`).toBeGreaterThanOrEqual(
      dollars,
    )
    expect(figure).toBeLessThan(DOLLARS_MOST)
    expect(figure, told.join('\n')).toBeLessThan(1.3 * dollars)
  })
})
