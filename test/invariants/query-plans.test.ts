import { env } from 'cloudflare:workers'
import type { SQLWrapper } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { runCron } from '../../src/jobs/cron.ts'
import { load } from '../../src/cli/load-files.ts'
import { render } from '../../src/cli/render-sql.ts'
import { documentOf } from '../support/contract.ts'
import { REASON } from '../support/annotations.ts'
import { countBindings } from '../support/counting.ts'
import { makeFaultyD1 } from '../support/fault-injection.ts'
import { prepareJobs } from '../support/jobs.ts'
import { findUnbounded, planOf } from '../support/plans.ts'
import { addTourKeys, makeTour, nameOf, TOUR, TOUR_FROM } from '../support/tour.ts'
import type { Visit } from '../support/tour.ts'
import { createHarness, newIsolate } from '../support/harness.ts'
import type { Harness } from '../support/harness.ts'

// Promise: no statement reads a number of rows that grows with the data. SQLite's plan of every statement shows it.

/** Reads with a bound that their plan does not show. An entry that no statement needs fails the test. */
const ALLOWED: { of: RegExp; read: RegExp; because: string }[] = [
  { of: /order by seq desc limit/, read: /^SEARCH (old_)?audit_log/, because: 'a page of the audit log has a limit' },
  {
    of: /max\((newest\.)?commit_seq\)/,
    read: /^SEARCH (audit_log|newest) USING PRIMARY KEY \(organisation_pk=\?\)$/,
    because: 'the newest entry is one row',
  },
  { of: /renew <> 0/, read: /zone_offsets_renew/, because: 'the index holds zones whose rows cron has yet to renew' },
  { of: /limit \d+\) returning/, read: /\(organisation_pk=\?\)$/, because: 'a deleted organisation is removed in steps' },
  { of: /^delete from "organisations"/, read: /\(organisation_pk=\?\)$/, because: 'one row of a deleted organisation is enough' },
  { of: /^delete from "audit_log"/, read: /\(organisation_pk=\?\)$/, because: 'only the newest entry of a deleted organisation is left' },
  { of: /heartbeat/, read: /^SCAN heartbeat/, because: 'the table has one row' },
  { of: /^insert into audit_log/, read: /^SEARCH (old_)?audit_log/, because: 'one entry of the organisation is enough' },
  {
    of: /^select "schedule"/,
    read: /USING INDEX factories_id \(organisation_pk=\?\)$/,
    because: 'one request adds up the stops of at most 50 factories',
  },
  { of: /next_factory_id as nextFactory/, read: /\(organisation_pk=\?\)$/, because: 'a load compares its files with every id' },
]

/** Every statement by its text, with its parameters and the first visit that sent it. */
const sent = new Map<string, { by: string; params: readonly unknown[] }>()
const seen = new Set<string>()
const wrong: string[] = []
let harness: Harness

/** Runs the statements of a command, which have no parameters. */
const runAll = async (by: string, statements: string[]) => {
  for (const statement of statements) sent.set(statement, { by, params: [] })
  return env.DB.batch(statements.map((statement) => env.DB.prepare(statement)))
}

beforeAll(async () => {
  harness = await createHarness()
  await addTourKeys()
  const faulty = makeFaultyD1()
  const counter = countBindings({ ...env, DB: faulty.binding })
  const here = harness.elsewhere(newIsolate(harness.clock, { DB: counter.env.DB, CACHE: counter.env.CACHE, RETENTION_DAYS: '30' }))
  const record = (by: string) => {
    for (const { sql, params } of counter.trips.flat()) if (!sent.has(sql)) sent.set(sql, { by, params })
    counter.take()
  }
  const visit = async (visits: Visit[]) =>
    makeTour(here, visits, async (each, run) => {
      const response = await run()
      if (response.status !== each.status) wrong.push(`${nameOf(each)} but ${response.status}: ${await response.clone().text()}`)
      record(nameOf(each))
      seen.add(`${each.method} ${each.path}`)
      return response
    })
  await visit([...TOUR, { who: 'viewer', method: 'GET', path: '/api/stops/pareto', status: 200 }])

  let trips = 0
  faulty.decide = () => (++trips === 1 ? { after: 'D1_ERROR: Network connection lost.' } : undefined)
  const reading = { time: TOUR_FROM + 900_000, actual: 1 }
  await visit([{ who: 'operator', method: 'POST', path: '/api/factory/1/chart-data', body: reading, status: 200 }])
  faulty.decide = () => undefined

  await prepareJobs()
  await visit([{ who: 'ended', method: 'DELETE', path: '/api/organisation', body: { confirm: 'ended' }, status: 202 }])
  for (let runs = 0; runs < 4; runs++) {
    harness.clock.advance(5 * 60_000)
    const did = await runCron(here.isolate, Math.ceil(harness.clock.now() / 300_000) * 300_000)
    await here.drain()
    if (JSON.stringify(did).includes('failed')) wrong.push(JSON.stringify(did))
    record('cron')
  }
  const late = { time: TOUR_FROM, actual: 1 }
  await visit([
    { who: 'operator', method: 'POST', path: '/api/factory/1/chart-data', body: late, status: 422 },
    { who: 'viewer', method: 'GET', path: '/ready', status: 200 },
  ])

  const reason = { ...REASON, category: 'unplanned' as const, group: null, retired: false }
  const entry = { name: 'Loaded', timeZone: 'UTC', settings: {}, schedule: { versions: [], exceptions: [] }, readings: [reading] }
  const file = { file: 'x.json', kind: 'factories' as const, reasons: { reasons: [reason] }, factories: [entry] }
  const database = {
    query: async <Row>(_: string, statements: SQLWrapper[]) =>
      (await runAll('npm run load', statements.map(render))).at(-1)!.results as Row[],
    run: async (_: string, statements: string[]) => void (await runAll('npm run load', statements)),
    close: async () => {},
  }
  await load(database, [file], { organisation: 'demo', log: () => {} })
  await load(database, [file], { organisation: 'loaded', log: () => {} })
}, 200_000)

test('every visit of the tour has its expected status', () => expect(wrong).toEqual([]))

test('the tour visits every route', () => {
  const { paths } = documentOf(createApp(harness.isolate))
  const missing = Object.entries(paths).flatMap(([path, operations]) => {
    const address = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/?]+')}(\\?|$)`)
    return Object.keys(operations)
      .map((method) => method.toUpperCase())
      .filter((method) => ![...seen].some((each) => each.startsWith(`${method} `) && address.test(each.slice(method.length + 1))))
      .map((method) => `${method} ${path}`)
  })
  expect(missing).toEqual([])
})

/** Returns what every statement reads without a bound. */
const findAll = async () => {
  const found: { by: string; sql: string; read: string }[] = []
  for (const [sql, { by, params }] of sent) for (const read of findUnbounded(sql, await planOf(sql, params))) found.push({ by, sql, read })
  return found
}

test('no statement reads without a bound', async () => {
  const found = await findAll()
  const isAllowed = ({ sql, read }: (typeof found)[number]) => ALLOWED.filter((each) => each.read.test(read) && each.of.test(sql))
  expect(found.filter((each) => isAllowed(each).length === 0).map(({ by, sql, read }) => `${read} in ${by}:\n${sql}`)).toEqual([])
  const used = new Set(found.flatMap(isAllowed))
  expect(ALLOWED.filter((each) => !used.has(each)).map(({ because }) => because)).toEqual([])
})

test('no statement binds its limit, because SQLite would compile it twice', () => {
  expect([...sent.keys()].filter((statement) => /limit \?/i.test(statement))).toEqual([])
})

test.each([
  ['a table', 'select count(*) from chunks', 'SCAN chunks'],
  ['a table under another name', 'select f.id from factories as f where f.name = ?', 'SCAN f'],
  ['an index', 'select pk from series order by retention_due_at', 'SCAN series USING COVERING INDEX'],
  ['an organisation', 'select max(pk) from series where organisation_pk = ?', '(organisation_pk=?)'],
  [
    'JSON for each factory',
    `select * from json_each(?) as ids join factories as f on f.organisation_pk = ? and f.id = ids.value ->> 0`,
    'SCAN ids',
  ],
])('findUnbounded finds a statement that reads all of %s', async (_, sql, read) => {
  const plan = await planOf(
    sql,
    Array.from(sql.matchAll(/\?/g), () => '[]'),
  )
  expect(findUnbounded(sql, plan).join()).toContain(read)
})
