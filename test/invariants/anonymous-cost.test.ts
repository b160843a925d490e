import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { listContracts } from '../../src/http/add-route.ts'
import { createApp } from '../../src/app.ts'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { LIGHT_ROWS } from '../../src/db/pending-queries.ts'
import { WEEKDAYS } from '../../src/schemas/weekdays.ts'
import { RATE_LIMITS } from '../../src/runtime/rate-limit-policies.ts'
import type { Policy } from '../../src/runtime/rate-limit-policies.ts'
import { dollarsOf, sumUp } from '../bench/prices.ts'
import type { Use } from '../bench/prices.ts'
import { countBindings } from '../support/counting.ts'
import type { Counter } from '../support/counting.ts'
import { UNLIMITED } from '../support/unlimited.ts'
import { addAnnotations } from '../support/annotations.ts'
import { attachClients, createHarness, newIsolate } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'

// Promise: the requests of one anonymous client cost at most a known amount per hour, and the security guide states it.

const guides: Record<string, string> = import.meta.glob('../../src/docs/guides/operate/security.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const guide = Object.values(guides)[0]!.replaceAll(/\s+/g, ' ')

/** The maximum cost of one anonymous client, in dollars per hour. */
const MAX_DOLLARS = 2
/** Upper bounds of CPU time by the kind of query. See the tables of the benchmarks guide. */
const CPU_MS = { any: 1, database: 10, large: 100 }
const HOUR = 60

const CHART = '/api/factory/0/chart-data'
/** A factory that has more readings per day than one query reads. */
const DENSE = '/api/factory/1/chart-data'
/** A factory with six shifts a day, whose borders are within a quarter of an hour, and a month of readings with stops. */
const PLANT = '/api/factory/2'
const PLANT_MINUTES = 31 * 24 * 60
const FORGED = { 'x-d1-bookmark': `ffffffff-ffffffff-ffffffff-${'f'.repeat(32)}` }

/** The most expensive requests of each route that needs no key. A cached document needs a row only if parameters make it expensive. */
const REQUESTS: Record<string, string[]> = {
  ...Object.fromEntries(DOCUMENTS.map(({ path }) => [path, [0, 2].map((id) => path.replace('{id}', `${id}`))])),
  '/health': ['/health'],
  '/ping': ['/ping'],
  '/api/v2/ping': ['/api/v2/ping'],
  '/ready': ['/ready'],
  '/openapi.json': ['/openapi.json'],
  '/api/access': ['/api/access'],
  '/api/factories': [
    '/api/factories',
    '/api/factories?cursor=1&limit=20',
    '/api/factories?chart_data=false',
    '/api/factories?limit=100&chart_data=false',
  ],
  '/api/factory/{id}/chart-data': [
    CHART,
    ...['rows', 'csv'].map((format) => `${CHART}?format=${format}`),
    ...[CHART, DENSE].flatMap((path) => ['day', 'week', 'month', 'year'].map((last) => `${path}?last=${last}`)),
    `${PLANT}/chart-data?resolution=shift`,
    ...[CHART, DENSE].flatMap((path) =>
      ['points=2000', 'limit=5000', 'limit=2500', 'limit=5000&from=0', 'limit=5000&resolution=hour', 'resolution=shift'].map(
        (query) => `${path}?${query}`,
      ),
    ),
  ],
  '/api/factory/{id}/chart-data/{time}': [`${CHART}/3600`],
  '/api/factory/{id}/summary': [0, 1, 2].map((id) => `/api/factory/${id}/summary`),
  '/api/factory/{id}/export': ['/api/factory/0/export?to=18000000'],
  '/api/factory/{id}/shifts': ['last=day', 'last=week', 'last=month', 'date=2024-01-20'].map((query) => `${PLANT}/shifts?${query}`),
  '/api/factory/{id}/states': [0, 1, 2].map((id) => `/api/factory/${id}/states`),
  '/api/factory/{id}/stops': [0, 1, 2].flatMap((id) => [`/api/factory/${id}/stops`, `/api/factory/${id}/stops?limit=500`]),
  '/api/factory/{id}/stops/pareto': [0, 1, 2].map((id) => `/api/factory/${id}/stops/pareto`),
  '/api/factory/{id}/oee': [0, 1, 2].flatMap((id) =>
    ['', '?last=month', '?last=month&resolution=day'].map((query) => `/api/factory/${id}/oee${query}`),
  ),
  '/api/stops/pareto': ['/api/stops/pareto'],
  '/api/factory/{id}/stop-annotations': ['/api/factory/0/stop-annotations'],
  '/api/sprockets': ['/api/sprockets', '/api/sprockets?limit=100'],
}

let harness: Harness
let counter: Counter
beforeAll(async () => {
  counter = countBindings({ ...env, ...UNLIMITED })
  harness = await createHarness()
  const hours = (begin: number) => Array.from({ length: 5_000 }, (_, n) => ({ time: 3_600 * (begin + n), actual: n, goal: n }))
  const seconds = (begin: number) => Array.from({ length: 5_000 }, (_, n) => ({ time: 1_700_000_000 + begin + n, actual: n, goal: n }))
  for (const begin of [0, 5_000]) {
    expect((await harness.engineer.post(CHART, { readings: hours(begin) })).status).toBe(200)
    expect((await harness.engineer.post(DENSE, { readings: seconds(begin) })).status).toBe(200)
  }
  const time = Array.from({ length: 500 }, (_, n) => 60 * n)
  for (let id = 3; id < 25; id++) await harness.engineer.post('/api/factories', { chart_data: { time, sprocket_production_actual: time } })
  await addAnnotations(harness, 100, 0)
  const starts = ['02', '06', '10', '14', '18', '22'].map((hour) => `${hour}:10`)
  const shifts = starts.map((start, index) => ({ name: start, days: [...WEEKDAYS], start, end: starts[(index + 1) % starts.length]! }))
  const schedule = { versions: [{ valid_from: '2000-01-01', shifts }], exceptions: [] }
  expect((await harness.engineer.put(`${PLANT}/schedule`, schedule)).status).toBe(200)
  for (let begin = 0; begin < PLANT_MINUTES; begin += 5_000) {
    const length = Math.min(5_000, PLANT_MINUTES - begin)
    const readings = Array.from({ length }, (_, n) => ({
      time: 1_704_067_200 + 60 * (begin + n),
      actual: (begin + n) % 60 < 10 ? 0 : 3,
      goal: 3,
      scrap: 0,
    }))
    expect((await harness.operator.post(`${PLANT}/chart-data`, { readings })).status).toBe(200)
  }
  await harness.drain()
}, 300_000)

interface Measurement {
  path: string
  /** The scarcest policy that the request consumes, among those for queries of the database. */
  policy: Policy | undefined
  use: Use
}

/** Returns the operations of a request with its background work, and the policy that it consumes. */
const measure = async (path: string, headers: Record<string, string>): Promise<Measurement> => {
  await env.DB.prepare('delete from cache_entries').run()
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
  const at = attachClients(newIsolate(harness.clock, { ...counter.env, ...(Object.fromEntries(bindings) as object) }), harness.clock)
  harness.clock.advance(120_000)
  // The second read is more expensive, because it leases an entry.
  await (await at.anonymous.get(path, headers)).arrayBuffer()
  await at.drain()
  await env.DB.prepare('delete from cache_entries').run()
  harness.clock.advance(6_000)
  policies.length = 0
  counter.take()
  await (await at.anonymous.get(path, { 'CF-Connecting-IP': '2001:db8::1', ...headers })).arrayBuffer()
  await at.drain()
  const { rowsRead, rowsWritten, kvReads, kvPuts, kvDeletes, kvLists } = counter.take()
  const policy = (['anonymous-large', 'anonymous-database'] as const).find((each) => policies.includes(each))
  return { path, policy, use: { rowsRead, rowsWritten, kvReads, kvPuts, kvDeletes, kvLists } }
}

describe('the cost of an anonymous client', () => {
  let found: Measurement[] = []
  beforeAll(async () => {
    for (const path of Object.values(REQUESTS).flat()) {
      // Of an export, only the first page is measured. Each later page is charged when it is read.
      found.push(await measure(path, {}))
      found.push(await measure(path, FORGED))
    }
  }, 300_000)

  test('every route that needs no key is measured', () => {
    const open = listContracts(createApp(harness.isolate)).filter(
      ({ method, role }) => method === 'get' && ['open', 'viewer'].includes(role),
    )
    expect(Object.keys(REQUESTS).toSorted()).toEqual(open.map(({ path }) => path).toSorted())
  })

  test('every query of the database consumes a policy, and a large query consumes the policy for large ones', () => {
    // Each count includes the query of the public organisation and the cache epoch, because every isolate here is new.
    const light = found.filter(({ policy }) => policy === 'anonymous-database')
    const large = found.filter(({ policy }) => policy === 'anonymous-large')
    const free = found.filter(({ policy }) => policy === undefined)
    expect(free.filter(({ path, use }) => path.startsWith('/api') && use.rowsRead).map(({ path }) => path)).toEqual([])
    // Rows are read once for the response, and once for the leased entry.
    for (const { path, use } of light) expect(use.rowsRead, path).toBeLessThanOrEqual(2 * LIGHT_ROWS + 100)
    for (const { path, use } of large) expect(use.rowsRead, path).toBeLessThanOrEqual(80_000)
  })

  test(`an anonymous client costs less than ${MAX_DOLLARS} dollars per hour, and the security guide states the amount`, () => {
    const mostExpensive = (policy: Policy) =>
      found
        .filter((each) => each.policy === policy)
        .map(({ use }) => use)
        .reduce((worst, use) => (dollarsOf(use) > dollarsOf(worst) ? use : worst), {})
    const perHour = (policy: Policy) => RATE_LIMITS[policy].quota * HOUR
    /**
     * The hourly quota of each policy with its most expensive request. A /48 network has the highest quota, and counts
     * as one client.
     */
    const parts: Record<string, [use: Use, times: number]> = {
      // Each rejection writes a log line, and each response from KV is one read.
      requests: [{ requests: 1, cpuMs: CPU_MS.any, kvReads: 1, logLines: 1 }, perHour('network')],
      database: [{ ...mostExpensive('anonymous-database'), cpuMs: CPU_MS.database }, perHour('network-database')],
      large: [{ ...mostExpensive('anonymous-large'), cpuMs: CPU_MS.large }, perHour('network-large')],
      lookups: [{ rowsRead: 10 }, perHour('network-lookups')],
    }
    const dollars = dollarsOf(sumUp(...Object.values(parts)))
    const breakdown = Object.entries(parts).map(([name, part]) => `${name} ${dollarsOf(sumUp(part)).toFixed(3)} ${JSON.stringify(part[0])}`)
    expect(dollars, breakdown.join('\n')).toBeLessThan(MAX_DOLLARS)
    const figure = Number(/an anonymous client costs at most \$(\d+\.\d+) an hour/i.exec(guide)?.[1])
    expect(
      figure,
      `the security guide says ${figure}, and the cost is ${dollars.toFixed(2)}:\n${breakdown.join('\n')}`,
    ).toBeGreaterThanOrEqual(dollars)
    expect(figure).toBeLessThan(MAX_DOLLARS)
    expect(figure, breakdown.join('\n')).toBeLessThan(1.3 * dollars)
  })
})
