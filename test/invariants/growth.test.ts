import { beforeAll, describe, expect, test } from 'vitest'
import { allJobs } from '../../src/jobs/cron.ts'
import { countRows } from '../support/row-counts.ts'
import type { Counted } from '../support/row-counts.ts'
import { addEntries, addFactories, addKeys, addOrganisations, addReadings, addSprockets } from '../support/sizes.ts'
import { addTourKeys, TOUR_FROM } from '../support/tour.ts'
import type { Visit } from '../support/tour.ts'
import { createHarness } from '../support/harness.ts'

/**
 * No work grows with what it does not touch: each visit of the tour and each job of cron reads and writes exactly as many rows
 * in a large world as in a small one. There is no tolerance, because D1 counts rows and not pages.
 */

/**
 * What is made larger. The smaller size is large enough that every page and view of the tour is full: a list has 20 factories,
 * 100 keys or 100 sprockets, a chart at most 5,000 readings. A filtered page looks at 5,000 entries of the audit log or 500 keys.
 */
const SIZES = {
  factories: { few: 60, many: 360 },
  readings: { few: 6_000, many: 102_000 },
  sprockets: { few: 220, many: 520 },
  keys: { few: 620, many: 1_220 },
  entries: { few: 6_000, many: 20_000 },
  'other organisations': { few: 3, many: 303 },
}
type Kind = keyof typeof SIZES

/** Visits and jobs that touch everything of a kind, with the reason. One that does not grow fails. */
const GROWS: Partial<Record<Kind, Record<string, string>>> = {
  factories: {
    'GET /api/summary by viewer: 200': 'the answer has every factory',
    'POST /api/factory/0/chart-data by operator: 200': 'the payload of GET /api/summary, which is in use, is assembled again',
  },
  readings: {
    'GET /api/factory/1/export by viewer: 200': 'the answer has every reading',
    'PUT /api/factory/3/chart-data by engineer: 200': 'the removed readings are counted by their days',
  },
  'other organisations': {
    'cron: reconcile': 'KV is compared with every row of the cache directory',
    'cron: reconcile (2)': 'KV is compared with every row of the cache directory',
    'cron: reconcile (3)': 'KV is compared with every row of the cache directory',
  },
}

/** Retention trims what is before this time, Unix seconds. Only the old readings of factory 1 are. */
const TRIM_BEFORE = Date.UTC(2000, 6) / 1000
const OLD_UNTIL = Date.UTC(2000, 5) / 1000
const OLD_READINGS = 100
const DAY_MS = 86_400_000

/** Factories with a long series. The seed has no readings for the second one, so its oldest ones are the same in each world. */
const LONG = [1, 3]

const APPEND = { who: 'operator', method: 'POST', status: 200 }

/** Visits after the jobs: those that destroy what the tour needs, and those whose payloads the tour must not leave in use. */
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

/** Counts the rows of every visit and job in a world where one kind is large, or none. */
const countWorld = async (large?: Kind): Promise<Counted> => {
  const sizeOf = (kind: Kind) => SIZES[kind][kind === large ? 'many' : 'few']
  const world = await createHarness()
  // Each world begins at the same time of day, so that nothing differs because of the clock.
  world.clock.advance(DAY_MS - (world.clock.now() % DAY_MS))
  await addTourKeys()
  await addFactories(sizeOf('factories'))
  for (const factory of LONG) await addReadings(factory, sizeOf('readings'), TOUR_FROM)
  await addReadings(1, OLD_READINGS, OLD_UNTIL)
  await addSprockets(sizeOf('sprockets'))
  await addKeys(sizeOf('keys'))
  await addEntries(sizeOf('entries'))
  await addOrganisations(sizeOf('other organisations'))
  for (const factory of LONG) await world.operator.post(`/api/factory/${factory}/chart-data`, { time: TOUR_FROM - 60, actual: 1 })
  await world.settle()
  return countRows(world, LAST, Math.floor((world.clock.now() - TRIM_BEFORE * 1000) / DAY_MS))
}

let few: Counted
beforeAll(async () => {
  few = await countWorld()
}, 120_000)

test('every visit ends as it must, and every job finds something to do', () => {
  expect(few.wrong).toEqual([])
  expect(
    allJobs(0)
      .map(([name]) => name)
      .filter((name) => !few.worked.has(name)),
  ).toEqual([])
})

describe('rows read and written by every visit and job do not depend on the number of', () => {
  test.each(Object.keys(SIZES) as Kind[])('%s', async (kind) => {
    const many = await countWorld(kind)
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
