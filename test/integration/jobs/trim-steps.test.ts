import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { trimOldReadings } from '../../../src/jobs/trim-readings.ts'
import { batchesThrough } from '../../support/fault-injection.ts'
import { storedReadings } from '../../support/chunks.ts'
import { countBindings } from '../../support/counting.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: a commit of retention trims 500 chunks at most, only those of its series, and writes no chunk twice.

const HOUR = 3_600
const DAY = 86_400
let harness: Harness
const counter = countBindings(env)
beforeAll(async () => {
  harness = await createHarness()
})
beforeEach(async () => {
  // The series of earlier tests are not due any more.
  await env.DB.prepare('update series set retention_due_at = 9e15').run()
})

/** A time at midnight, so that days of UTC end with it. */
const today = () => Math.floor(harness.clock.now() / 1000 / DAY) * DAY
/** Adds a factory with a reading in each of the hours before now. */
const addFactory = async (hours: number) => {
  const { headers } = await harness.engineer.post('/api/factories', {})
  const path = headers.get('Location')!
  const readings = Array.from({ length: hours }, (_, n) => ({ time: today() - (hours - n) * HOUR + 60, actual: 1 }))
  await harness.operator.post(`${path}/chart-data`, { readings })
  await harness.drain()
  const id = Number(path.split('/').at(-1))
  return { id, path, times: readings.map(({ time }) => time) }
}
const trim = async (bindings: Parameters<typeof newIsolate>[1] = {}) =>
  trimOldReadings(newIsolate(harness.clock, { RETENTION_DAYS: '3', ...bindings }))
const timesOf = async (id: number) => (await storedReadings(id)).map(({ time }) => time)
const readAudit = async (id: number) =>
  (
    await env.DB.prepare(`select detail from audit_log where verb = 'trimmed' and target = ? order by commit_seq`)
      .bind(`/api/factory/${id}/chart-data`)
      .all<{ detail: string }>()
  ).results.map(({ detail }) => JSON.parse(detail) as Record<string, number>)
const setDue = (id: number, at = 0) => env.DB.prepare('update series set retention_due_at = ? where factory_id = ?').bind(at, id).run()

test('trimOldReadings trims 500 chunks in each commit, the oldest first, up to the start of the day of the retention edge', async () => {
  const { id, times } = await addFactory(1_300)
  // Three commits, and one step that finds nothing to trim.
  expect(await trim()).toBe(3)
  const edge = times.findIndex((time) => time >= today() - 3 * DAY)
  expect(await timesOf(id)).toEqual(times.slice(edge))
  const { n } = (await env.DB.prepare(
    'select count(*) as n from chunks where times is null and coalesce(actual, goal, scrap) is not null',
  ).first<{ n: number }>())!
  expect(n, 'trimmed chunks with figures').toBe(0)
  const borders = [0, 500, 1_000, edge]
  expect(await readAudit(id)).toEqual(
    borders.slice(1).map((end, index) => ({
      changed: end - borders[index]!,
      from: times[borders[index]!],
      to: times[end - 1],
      before: end === edge ? today() - 3 * DAY : times[end - 1]! - 60 + HOUR,
    })),
  )
})

test('trimOldReadings writes only the chunks that it trims, however many it has trimmed before', async () => {
  const { id, times } = await addFactory(400)
  await trim()
  await env.DB.prepare('update series set retention_due_at = 9e15').run()
  counter.take()
  harness.clock.advance(DAY * 1_000)
  await setDue(id)
  expect(await trim({ DB: counter.env.DB })).toBe(1)
  expect((await timesOf(id))[0]).toBe(times.find((time) => time >= today() - 3 * DAY))
  const { rowsWritten } = counter.take()
  // The 24 chunks, and a few rows of the series and the audit log. They are not all 352.
  expect(rowsWritten).toBeGreaterThanOrEqual(24)
  expect(rowsWritten).toBeLessThan(48)
})

test('trimOldReadings trims a single old chunk, and rejects writes up to the start of the day of the retention edge', async () => {
  const { headers } = await harness.engineer.post('/api/factories', {})
  const path = headers.get('Location')!
  const [old, recent] = [today() - 6 * DAY + 12 * HOUR, today() - 2 * DAY + 12 * HOUR]
  await harness.operator.post(`${path}/chart-data`, { readings: [old, recent].map((time) => ({ time, actual: 1 })) })
  // The readings in between have one day, so their sums tell which days there are.
  await harness.operator.post(`${path}/chart-data`, { time: today() - 3 * DAY + 12 * HOUR, actual: 1 })
  await harness.drain()
  expect(await trim()).toBe(1)
  const id = Number(path.split('/').at(-1))
  const edge = today() - 3 * DAY
  expect(await readAudit(id)).toEqual([{ changed: 1, from: old, to: old, before: edge }])
  const post = async (time: number) => (await harness.operator.post(`${path}/chart-data`, { time, actual: 1 })).status
  expect([await post(edge - 1), await post(edge)]).toEqual([422, 200])
})

test('trimOldReadings trims the last day before a gap as soon as it is older than RETENTION_DAYS, and ends there', async () => {
  const { id, times } = await addFactory(48)
  const [first, second] = [times.slice(0, 24), times.slice(24)]
  const path = `/api/factory/${id}/chart-data`
  const later = today() + 60 * DAY
  await env.DB.prepare('update series set retention_due_at = 0 where factory_id = ?').bind(id).run()
  harness.clock.advance(60 * DAY * 1_000)
  await harness.operator.post(path, { time: later, actual: 1 })
  const trimAfter = async (retentionDays: number) => {
    await setDue(id)
    return [await trim({ RETENTION_DAYS: String(retentionDays) }), await timesOf(id)]
  }
  // The second day may last until 60 days before, because one date lasted two days.
  expect(await trimAfter(60)).toEqual([1, [...second, later]])
  expect(await trimAfter(59)).toEqual([1, [later]])
  expect(await trimAfter(3)).toEqual([0, [later]])
  expect((await readAudit(id)).map(({ changed, before }) => [changed, before])).toEqual([
    [first.length, today() - 61 * DAY],
    [second.length, today() - 59 * DAY],
  ])
})

test('trimOldReadings trims no reading of another series or organisation', async () => {
  const [own, other] = [await addFactory(200), await addFactory(200)]
  for (let id = 0; id <= own.id; id++)
    await harness.otherOrganisation.post('/api/factories', {
      chart_data: { time: own.times, sprocket_production_actual: own.times.map(() => 1) },
    })
  await env.DB.prepare('update series set retention_due_at = 9e15').run()
  await env.DB.prepare('update series set retention_due_at = 0 where organisation_pk = 1 and factory_id = ?').bind(own.id).run()
  expect(await trim()).toBe(1)
  expect((await timesOf(own.id)).length).toBeLessThan(200)
  expect(await timesOf(other.id)).toEqual(other.times)
  const { n } = (await env.DB.prepare(
    'select count(*) as n from chunks join series on series.pk = series_pk where organisation_pk = 2 and times is null',
  ).first<{ n: number }>())!
  expect(n).toBe(0)
})

test('trimOldReadings checks a series without readings to trim again after an hour', async () => {
  const { id } = await addFactory(1)
  await setDue(id)
  const dueAt = () => env.DB.prepare('select retention_due_at from series where factory_id = ?').bind(id).first<number>('retention_due_at')
  const checked = harness.clock.now()
  expect(await trim()).toBe(0)
  expect(await dueAt()).toBe(checked + 3_600_000)
  harness.clock.advance(3_599_999)
  await trim()
  expect(await dueAt()).toBe(checked + 3_600_000)
  harness.clock.advance(1)
  await trim()
  expect(await dueAt()).toBe(checked + 2 * 3_600_000)
})

test('trimOldReadings keeps the edge of a series whose old readings are removed before its commit', async () => {
  const { id, times } = await addFactory(400)
  await trim()
  const edgeOf = () => env.DB.prepare('select trimmed_before from series where factory_id = ?').bind(id).first<number>('trimmed_before')
  const edge = await edgeOf()
  expect(edge).toBe(today() - 3 * DAY)
  harness.clock.advance(DAY * 1_000)
  await env.DB.prepare('update series set retention_due_at = 9e15').run()
  await setDue(id)
  let batches = 0
  const database = batchesThrough(async (run) => {
    // The first batch finds the series.
    if (++batches === 2)
      await env.DB.prepare(
        'delete from chunks where start < ? and series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?)',
      )
        .bind(times.at(-1)! - 3_600, id)
        .run()
    return run()
  })
  await trim({ DB: database })
  expect(await edgeOf()).toBe(edge)
})
