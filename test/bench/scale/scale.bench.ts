import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { countBindings } from '../../support/counting.ts'
import type { Counts } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { capacityOf } from './capacity.ts'

// Measures how the cost of reads and writes depends on the number of readings and factories.

declare global {
  var BENCH_FULL: boolean
}

/** `BENCH_FULL=1` measures the largest sizes too. Inserting five million readings takes minutes. */
const FULL = globalThis.BENCH_FULL
const READINGS = FULL ? [20, 100_000, 1_000_000, 5_000_000] : [20, 100_000, 300_000]
const FACTORIES = FULL ? [1, 100, 2_000] : [1, 100, 500]
const BULK = 5_000

interface Line extends Counts {
  label: string
  ms: number
  bytes: number
}

const table = (title: string, lines: Line[]) => {
  const rows = lines.map(({ label, trips, rowsRead, rowsWritten, kvReads, kvPuts, ms, bytes }) =>
    [label.padEnd(44), ...[trips, rowsRead, rowsWritten, kvReads, kvPuts, ms.toFixed(1), bytes].map((n) => String(n).padStart(10))].join(
      '',
    ),
  )
  const head = ['', 'D1', 'rows read', 'written', 'KV reads', 'KV puts', 'ms', 'bytes']
  return [
    title,
    head[0]!.padEnd(44) +
      head
        .slice(1)
        .map((name) => name.padStart(10))
        .join(''),
    ...rows,
    '',
  ].join('\n')
}

/** Sends a read of every key, so that identities are cached before the measurement. */
const warmUp = async (harness: Harness) => {
  for (const actor of [harness.viewer, harness.operator]) await (await actor.get('/api/factory/0/chart-data/1611194818')).text()
  await harness.drain()
}

/** Returns a KV whose reads fail, so that reads come from D1 and lease nothing. */
const withFailingReads = (kv: KVNamespace): KVNamespace =>
  ({
    getWithMetadata: () => Promise.reject(new Error('KV is switched off')),
    put: kv.put.bind(kv),
    delete: kv.delete.bind(kv),
  }) as unknown as KVNamespace

/** Sends a request once to count, and again to time, because counting runs some queries twice. */
const measure = async (harness: Harness, label: string, send: (here: Harness) => Promise<Response>, fromD1: boolean): Promise<Line> => {
  const counter = countBindings(env)
  const { DB, CACHE } = counter.env
  const here = harness.elsewhere(newIsolate(harness.clock, { DB, CACHE: fromD1 ? withFailingReads(CACHE) : CACHE }))
  await warmUp(here)
  counter.take()
  const first = await send(here)
  expect(first.ok, `${label}: ${first.status}`).toBe(true)
  const bytes = (await first.arrayBuffer()).byteLength
  await here.drain()
  const seen = counter.take()
  const timed = harness.elsewhere(newIsolate(harness.clock, fromD1 ? { CACHE: withFailingReads(env.CACHE) } : {}))
  await warmUp(timed)
  const began = Date.now()
  const rounds = 3
  for (let n = 0; n < rounds; n++) await (await send(timed)).arrayBuffer()
  const ms = (Date.now() - began) / rounds
  await timed.drain()
  return { label, ...seen, ms, bytes }
}

/** Seconds between readings: so that the second shortest series fills a year, and every view has its full length. */
const STEP = 360

/** Returns the size of the database in bytes, as D1 reports it. */
const sizeOf = async () => (await env.DB.prepare('select 1').run()).meta.size_after

/**
 * Inserts readings into the series of a factory with SQL, because requests would take hours. Returns the bytes per row
 * of each kind.
 */
const insertReadings = async (id: number, length: number, end: number, apart = STEP) => {
  const { series_pk, rollup_pk } = (await env.DB.prepare(
    `select s.pk as series_pk, s.rollup_pk from factories f join series s on s.pk = f.series_pk where f.organisation_pk = 1 and f.id = ?`,
  )
    .bind(id)
    .first<{ series_pk: number; rollup_pk: number }>())!
  const from = end - length * apart
  const step = 200_000
  const empty = await sizeOf()
  for (let n = 0; n < length; n += step) {
    await env.DB.prepare(
      `with recursive n(n) as (select ?1 union all select n + 1 from n where n + 1 < ?2)
       insert into readings (series_pk, time, actual, goal) select ?3, ?4 + n * ${apart}, n % 40, 30 from n`,
    )
      .bind(n, Math.min(length, n + step), series_pk, from)
      .run()
  }
  const withReadings = await sizeOf()
  const hours = await env.DB.prepare(
    `insert into hourly_rollups select ?1, time - time % 3600, time - time % 86400, sum(actual), sum(goal), sum(actual), count(*), count(goal)
     from readings where series_pk = ?2 group by time - time % 3600`,
  )
    .bind(rollup_pk, series_pk)
    .run()
  const withHours = await sizeOf()
  const days = await env.DB.prepare(
    `insert into daily_rollups select rollup_pk, day, sum(actual), sum(goal), sum(compared), sum(readings), sum(goal_readings)
     from hourly_rollups where rollup_pk = ?1 group by day`,
  )
    .bind(rollup_pk)
    .run()
  return {
    reading: (withReadings - empty) / length,
    hour: (withHours - withReadings) / hours.meta.changes,
    day: ((await sizeOf()) - withHours) / days.meta.changes,
  }
}

const addFactory = async (harness: Harness) => {
  const created = await harness.engineer.post('/api/factories', {})
  return ((await created.json()) as { factory: { id: number } }).factory.id
}

const VIEWS = [
  '',
  '/summary',
  '/chart-data',
  '/chart-data?last=day',
  '/chart-data?last=week',
  '/chart-data?last=month',
  '/chart-data?last=year',
]

test('the cost of a factory does not depend on the length of its series', async () => {
  const read = new Map<string, number[]>()
  for (const length of READINGS) {
    const harness = await createHarness()
    const id = await addFactory(harness)
    let next = Math.floor(harness.clock.now() / 1000 / 86_400) * 86_400 - 30 * 86_400
    await insertReadings(id, length, next)
    const chart = `/api/factory/${id}/chart-data`
    const append = (here: Harness) => here.operator.post(chart, { time: (next += STEP), actual: 30, goal: 30 })
    await append(harness)
    await harness.drain()
    const lines: Line[] = []
    for (const view of VIEWS)
      lines.push(await measure(harness, `GET …${view} from D1`, (here) => here.viewer.get(`/api/factory/${id}${view}`), true))
    lines.push(await measure(harness, 'GET …?points=500, the whole series', (here) => here.viewer.get(`${chart}?points=500`), true))
    lines.push(
      await measure(harness, 'GET …?resolution=hour&limit=500', (here) => here.viewer.get(`${chart}?resolution=hour&limit=500`), true),
    )
    const one = await measure(harness, 'POST one reading, nothing leased', append, false)
    const many = await measure(
      harness,
      `POST ${BULK} readings`,
      (here) => {
        const readings = Array.from({ length: BULK }, () => ({ time: (next += 1), actual: 30, goal: 30 }))
        return here.operator.post(chart, { readings })
      },
      false,
    )
    lines.push(one, many)
    for (const { label, rowsRead } of lines) read.set(label, [...(read.get(label) ?? []), rowsRead])
    for (const view of VIEWS) await harness.viewer.get(`/api/factory/${id}${view}`)
    await harness.drain()
    lines.push(await measure(harness, 'GET …/summary from KV', (here) => here.viewer.get(`/api/factory/${id}/summary`), false))
    lines.push(await measure(harness, 'POST one reading, all of these leased', append, false))
    console.log(table(`A factory with ${length.toLocaleString('en')} readings`, lines))
    const times = (of: 'ms' | 'trips' | 'rowsRead' | 'rowsWritten') => one[of] / (many[of] / BULK)
    console.log(
      `a reading sent alone takes, compared with one of ${BULK}: ${times('ms').toFixed(0)} times the milliseconds, ` +
        `${times('trips').toFixed(0)} times the requests to D1, ${times('rowsRead').toFixed(1)} times the rows read, ${times('rowsWritten').toFixed(1)} times the rows written\n`,
    )
    expect(times('ms')).toBeGreaterThan(50)
    expect(times('trips')).toBeGreaterThanOrEqual(BULK)
    // Each reading is a row, however many are sent together.
    expect(many.rowsWritten / BULK).toBeLessThan(1.05)
  }
  // From 100,000 readings on, the cost does not depend on their number.
  for (const view of VIEWS) {
    const [, ...long] = read.get(`GET …${view} from D1`)!
    expect(Math.max(...long) / Math.min(...long), view).toBeLessThanOrEqual(1.2)
  }
  const [, ...appends] = read.get('POST one reading, nothing leased')!
  expect(Math.max(...appends) / Math.min(...appends)).toBeLessThanOrEqual(1.2)
})

test('the cost of an organisation with a day of readings per factory', async () => {
  for (const count of FACTORIES) {
    const harness = await createHarness()
    const end = Math.floor(harness.clock.now() / 1000 / 86_400) * 86_400
    const time = Array.from({ length: 24 }, (_, n) => end - 86_400 + n * 3_600)
    const actual = time.map((_, n) => n % 40)
    for (let n = 3; n < count; n++) {
      await harness.engineer.post('/api/factories', {
        chart_data: { time, sprocket_production_actual: actual, sprocket_production_goal: actual },
      })
    }
    await harness.drain()
    const lines = [
      await measure(harness, 'GET /api/summary from D1', (here) => here.viewer.get('/api/summary'), true),
      await measure(
        harness,
        'GET /api/factories?chart_data=false from D1',
        (here) => here.viewer.get('/api/factories?chart_data=false'),
        true,
      ),
    ]
    await harness.viewer.get('/api/summary')
    await harness.drain()
    lines.push(await measure(harness, 'GET /api/summary from KV', (here) => here.viewer.get('/api/summary'), false))
    let next = end
    const append = (here: Harness) => here.operator.post('/api/factory/0/chart-data', { time: (next += 60), actual: 1, goal: 1 })
    lines.push(await measure(harness, 'POST one reading, the summary leased', append, false))
    console.log(table(`An organisation with ${Math.max(3, count).toLocaleString('en')} factories`, lines))
  }
})

test('the capacity and cost of a database with factories that report every minute', async () => {
  const harness = await createHarness()
  const id = await addFactory(harness)
  const end = Math.floor(harness.clock.now() / 1000 / 86_400) * 86_400 - 30 * 86_400
  const [length, sent] = FULL ? [1_000_000, 2_000] : [300_000, 600]
  const inserted = await insertReadings(id, length, end, 60)

  let next = end
  const counter = countBindings(env)
  const { DB, CACHE } = counter.env
  const here = harness.elsewhere(newIsolate(harness.clock, { DB, CACHE }))
  const append = async (size: number) => {
    const readings = Array.from({ length: size }, () => ({ time: (next += 60), actual: 30, goal: 30 }))
    expect((await here.operator.post(`/api/factory/${id}/chart-data`, size === 1 ? readings[0] : { readings })).status).toBe(200)
    await here.drain()
  }
  /** Sends requests in a row across hours and days, and returns the mean use of one. */
  const use = async (size: number, times: number) => {
    await append(size)
    counter.take()
    for (let n = 0; n < times; n++) await append(size)
    const { statements, rowsRead, rowsWritten } = counter.take()
    return { statements: statements / times, requests: 1, logLines: 1, rowsRead: rowsRead / times, rowsWritten: rowsWritten / times }
  }
  const hourly = await use(60, 48)
  const before = await sizeOf()
  const alone = await use(1, sent)
  const entry = ((await sizeOf()) - before) / sent - inserted.reading - inserted.hour / 60
  console.log(capacityOf({ bytes: { ...inserted, entry }, alone, hourly }))
  expect(inserted.reading).toBeLessThan(25)
  expect(inserted.hour).toBeLessThan(45)
  expect(entry).toBeGreaterThan(0)
})
