import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { expect, test } from 'vitest'
import { replaceChunks } from '../../../src/chunks/changes.ts'
import { CHUNK_SECONDS, chunkStart, SUM_COLUMNS } from '../../../src/chunks/chunk.ts'
import { eachField } from '../../../src/chunks/unpack.ts'
import { integer } from '../../../src/db/client.ts'
import { rebuildDays } from '../../../src/local-time/days.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { capacityOf } from './capacity.ts'
import { addFactory, measure, table } from './measure.ts'
import type { Line } from './measure.ts'

// Measures how the cost of reads and writes depends on the number of readings and factories.

declare global {
  var BENCH_FULL: boolean
}

/** `BENCH_FULL=1` measures the largest sizes too. Inserting five million readings takes minutes. */
const FULL = globalThis.BENCH_FULL
const READINGS = FULL ? [20, 100_000, 1_000_000, 5_000_000] : [20, 100_000, 300_000]
const FACTORIES = FULL ? [1, 100, 2_000] : [1, 100, 500]
const BULK = 5_000

/** Seconds between readings: so that the second shortest series fills a year, and every view has its full length. */
const STEP = 360

/** Returns the size of the database in bytes, as D1 reports it. */
const sizeOf = async () => (await env.DB.prepare('select 1').run()).meta.size_after

/** Readings that one statement inserts: a whole number of hours for every interval. */
const INSERTED = 180_000

/**
 * Inserts readings without scrap into the series of a factory with SQL, because requests would take hours. Returns the bytes per reading with the sums
 * of its hour, and per row of each kind of sums.
 * @param end Unix seconds: the first time after the readings
 */
const insertReadings = async (id: number, length: number, end: number, apart = STEP) => {
  const db = drizzle(env.DB)
  const factory = sql`(select series_pk, time_zone from factories where organisation_pk = 1 and id = ${id})`
  const from = chunkStart(end - length * apart)
  const empty = await sizeOf()
  for (let n = 0; n < length; n += INSERTED) {
    const readings = sql`with recursive n(n) as (select ${integer(n)} union all select n + 1 from n where n + 1 < ${Math.min(length, n + INSERTED)}),
      reading as (select series_pk, ${integer(from)} + n * ${integer(apart)} as time, n % 40 as figure from n cross join ${factory})
      select series_pk, time - time % ${integer(CHUNK_SECONDS)} as start, time, ${eachField((name) => (name === 'scrap' ? 'null as scrap' : `figure as ${name}`))} from reading`
    await replaceChunks(db, readings)
  }
  const withReadings = await sizeOf()
  for (const statement of rebuildDays(db, factory)) await (statement as unknown as Promise<unknown>)
  const withDays = await sizeOf()
  // Chunks as retention leaves them, in a separate series.
  const columns = ['series_pk', 'start', 'last', ...SUM_COLUMNS].join(', ')
  const { meta } = await env.DB.prepare(
    `insert into chunks (${columns}) select -1, start, last, ${SUM_COLUMNS.join(', ')} from chunks
       where series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?)`,
  )
    .bind(id)
    .run()
  const hour = ((await sizeOf()) - withDays) / meta.changes
  const { days } = (await env.DB.prepare('select count(*) as days from daily_sums').first<{ days: number }>())!
  await env.DB.prepare('delete from chunks where series_pk = -1').run()
  return { reading: (withReadings - empty) / length, hour, day: (withDays - withReadings) / days }
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
        const readings = Array.from({ length: BULK }, () => ({ time: (next += 60), actual: 30, goal: 30 }))
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
    // The readings of an hour are a row.
    expect(many.rowsWritten).toBeLessThanOrEqual(110)
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
  const entry = ((await sizeOf()) - before) / sent - inserted.reading
  console.log(capacityOf({ bytes: { ...inserted, entry }, alone, hourly }))
  expect(inserted.reading).toBeLessThan(14)
  expect(inserted.hour).toBeLessThan(95)
  expect(entry).toBeGreaterThan(0)
})
