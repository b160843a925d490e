import { beforeAll, describe, expect, test } from 'vitest'
import { allJobs } from '../../src/jobs/cron.ts'
import { countRows } from '../support/row-counts.ts'
import type { Counted } from '../support/row-counts.ts'
import { addAnnotations, addEntries, addFactories, addKeys, addOrganisations, addReadings, addSprockets } from '../support/sizes.ts'
import { addTourKeys, TOUR_FROM } from '../support/tour.ts'
import type { Visit } from '../support/tour.ts'
import { createHarness } from '../support/harness.ts'

// Promise: no work grows with data that it does not touch. Each visit of the tour and each job of cron reads and writes
// exactly as many rows with much data as with little. There is no tolerance, because D1 counts rows, not pages.

/**
 * Kinds of data. The small size fills every page and view of the tour: a list has 20 factories, 100 keys or 100
 * sprockets, a chart at most 5,000 readings. A filtered page scans 5,000 audit entries or 500 keys.
 */
const SIZES = {
  factories: { few: 60, many: 360 },
  readings: { few: 6_000, many: 102_000 },
  sprockets: { few: 220, many: 520 },
  annotations: { few: 220, many: 1_220 },
  keys: { few: 620, many: 1_220 },
  entries: { few: 6_000, many: 20_000 },
  'other organisations': { few: 3, many: 303 },
}
type Kind = keyof typeof SIZES

/** Reasons why a visit or job reads all data of a kind. An entry that does not grow fails the test. */
const GROWS: Partial<Record<Kind, Record<string, string>>> = {
  factories: {
    'GET /api/summary by viewer: 200': 'the response has every factory',
    'POST /api/factory/0/chart-data by operator: 200': 'the leased payload of GET /api/summary is rendered again',
  },
  readings: {
    'GET /api/factory/1/export by viewer: 200': 'the response has every reading',
    'PATCH /api/factory/3 by engineer: 200': 'every day is summed in another zone',
    'PUT /api/factory/3/chart-data by engineer: 200': 'the removed readings are counted by their hours',
    'cron: renew': 'every day of every factory of a zone is summed again',
  },
  'other organisations': {
    'cron: reconcile': 'KV is compared with every row of the cache directory',
    'cron: reconcile (2)': 'KV is compared with every row of the cache directory',
    'cron: reconcile (3)': 'KV is compared with every row of the cache directory',
  },
}

/** Retention trims readings before this time, Unix seconds. Only the old readings of factory 1 are older. */
const TRIM_BEFORE = Date.UTC(2000, 6) / 1000
const OLD_UNTIL = Date.UTC(2000, 5) / 1000
const OLD_READINGS = 100
const DAY_MS = 86_400_000

/** Factories with a long series. The seed has no readings for the second one, so its oldest ones are always the same. */
const LONG = [1, 3]

const APPEND = { who: 'operator', method: 'POST', status: 200 }

/** Visits after the jobs: they destroy data that the tour needs, or lease payloads that the tour must not have leased. */
const LAST: Visit[] = [
  { who: 'anonymous', method: 'GET', path: '/ready', status: 200 },
  { who: 'viewer', method: 'GET', path: '/api/factory/1/chart-data?points=20', status: 200 },
  { who: 'viewer', method: 'GET', path: '/api/factory/1/chart-data?resolution=day', status: 200 },
  { who: 'viewer', method: 'GET', path: '/api/factory/1/export', status: 200 },
  { who: 'engineer', method: 'PATCH', path: '/api/factory/3', body: { time_zone: 'Asia/Kolkata' }, status: 200 },
  { who: 'engineer', method: 'PUT', path: '/api/factory/3/chart-data', body: { readings: [{ time: TOUR_FROM, actual: 1 }] }, status: 200 },
  { who: 'engineer', method: 'DELETE', path: '/api/factory/1', status: 204 },
  { who: 'viewer', method: 'GET', path: '/api/summary', status: 200 },
  { ...APPEND, path: '/api/factory/0/chart-data', body: { time: TOUR_FROM - 1, actual: 1 } },
  { who: 'admin', method: 'DELETE', path: '/api/key/6', status: 204 },
  { who: 'admin', method: 'DELETE', path: '/api/key/3', status: 409 },
  { who: 'admin', method: 'DELETE', path: '/api/organisation', body: { confirm: 'demo' }, status: 202 },
]

/** Counts the rows of every visit and job, with much data of one kind, or with little of every kind. */
const countWith = async (large?: Kind): Promise<Counted> => {
  const sizeOf = (kind: Kind) => SIZES[kind][kind === large ? 'many' : 'few']
  const harness = await createHarness()
  // Each run begins at the same time of day, so that no difference comes from the clock.
  harness.clock.advance(DAY_MS - (harness.clock.now() % DAY_MS))
  await addTourKeys()
  await addFactories(sizeOf('factories'))
  for (const factory of LONG) await addReadings(factory, sizeOf('readings'), TOUR_FROM)
  await addReadings(1, OLD_READINGS, OLD_UNTIL)
  await addSprockets(sizeOf('sprockets'))
  await addAnnotations(sizeOf('annotations'))
  await addKeys(sizeOf('keys'))
  await addEntries(sizeOf('entries'))
  await addOrganisations(sizeOf('other organisations'))
  for (const factory of LONG) await harness.operator.post(`/api/factory/${factory}/chart-data`, { time: TOUR_FROM - 60, actual: 1 })
  await harness.drain()
  return countRows(harness, LAST, Math.floor((harness.clock.now() - TRIM_BEFORE * 1000) / DAY_MS))
}

let few: Counted
beforeAll(async () => {
  few = await countWith()
}, 120_000)

test('every visit has its expected status, and every job has work', () => {
  expect(few.wrong).toEqual([])
  expect(
    allJobs(0)
      .map(([name]) => name)
      .filter((name) => !few.worked.has(name)),
  ).toEqual([])
})

describe('the rows of every visit and job', () => {
  test.each(Object.keys(SIZES) as Kind[])('the rows of every visit and job do not depend on the number of %s', async (kind) => {
    const many = await countWith(kind)
    expect(many.wrong).toEqual([])
    const differing = (names: Iterable<string>) =>
      [...names].filter((name) => JSON.stringify(few.rows.get(name)) !== JSON.stringify(many.rows.get(name)))
    const grows = GROWS[kind] ?? {}
    expect(
      differing(few.rows.keys())
        .filter((name) => !(name in grows))
        .map((name) => [name, few.rows.get(name), many.rows.get(name)]),
    ).toEqual([])
    expect(Object.keys(grows)).toEqual(differing(Object.keys(grows)))
  })
})
