import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, describe, expect, test } from 'vitest'
import { continuesNewestDay } from '../../../src/local-time/days.ts'
import type { Span } from '../../../src/local-time/days.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness, TestClient } from '../../support/harness.ts'
import { addStoredSeries, replaceHours } from '../../support/stored-series.ts'
import type { StoredSeries } from '../../support/stored-series.ts'

// Promise: an append is in order only if its readings are later than the newest one of their factory, and of the same local day.

const db = drizzle(env.DB)
const at = (text: string) => Date.parse(`${text}Z`) / 1000

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const addFactory = async (timeZone: string, times: number[], client: TestClient = harness.engineer) => {
  const { factory } = await (await client.post('/api/factories', { time_zone: timeZone })).json<{ factory: { id: number } }>()
  await client.post(`/api/factory/${factory.id}/chart-data`, { readings: times.map((time) => ({ time, actual: 1 })) })
  return factory.id
}
const continues = async (...spans: Span[]) => (await db.values(sql`select ${continuesNewestDay(1, spans)}`))[0]![0] === 1

/** Factories by their zone. Each test stores their readings. */
const factories = new Map<string, StoredSeries>()
const storeReadings = async (zone: string, times: number[]) => {
  const series = factories.get(zone) ?? (await addStoredSeries(harness.engineer, zone))
  factories.set(zone, series)
  await db.batch(
    replaceHours(
      db,
      series,
      times.map((time) => ({ time, actual: 1 })),
    ),
  )
  return series.id
}

test.each<[zone: string, newest: string, first: string, last: string, isInOrder: boolean]>([
  ['UTC', '2024-05-02T10:00:00', '2024-05-02T10:00:01', '2024-05-02T23:59:59', true],
  ['UTC', '2024-05-02T10:00:00', '2024-05-02T10:00:00', '2024-05-02T10:00:00', false],
  ['UTC', '2024-05-02T10:00:00', '2024-05-02T09:59:59', '2024-05-02T12:00:00', false],
  ['UTC', '2024-05-02T10:00:00', '2024-05-02T12:00:00', '2024-05-03T00:00:00', false],
  ['UTC', '2024-05-03T10:00:00', '2024-05-03T12:00:00', '2024-05-04T00:00:00', false],
  ['UTC', '2024-05-02T10:00:00', '2024-05-03T10:00:00', '2024-05-03T10:00:00', false],
  ['UTC', '2024-05-02T00:00:00', '2024-05-02T13:00:00', '2024-05-02T13:00:00', true],
  ['Asia/Kolkata', '2024-05-02T18:00:00', '2024-05-02T18:29:59', '2024-05-02T18:29:59', true],
  ['Asia/Kolkata', '2024-05-02T18:00:00', '2024-05-02T18:30:00', '2024-05-02T18:30:00', false],
  ['Asia/Kolkata', '2024-05-02T18:30:00', '2024-05-03T18:00:00', '2024-05-03T18:29:59', true],
  ['America/New_York', '2024-05-02T04:00:00', '2024-05-02T12:00:00', '2024-05-03T03:59:59', true],
  ['America/New_York', '2024-05-02T04:00:00', '2024-05-02T12:00:00', '2024-05-03T04:00:00', false],
  // The clock went forward at 1:00 UTC.
  ['Europe/Berlin', '2024-03-31T00:30:00', '2024-03-31T00:40:00', '2024-03-31T00:59:59', true],
  ['Europe/Berlin', '2024-03-31T00:30:00', '2024-03-31T00:40:00', '2024-03-31T01:00:00', false],
  ['Europe/Berlin', '2024-03-31T00:30:00', '2024-03-31T01:30:00', '2024-03-31T02:00:00', false],
  ['Europe/Berlin', '2024-03-31T01:00:00', '2024-03-31T01:30:00', '2024-03-31T21:59:59', true],
  ['Europe/Berlin', '2024-03-31T01:00:00', '2024-03-31T01:30:00', '2024-03-31T22:00:00', false],
  // Before 1970, the division of a negative number would round up.
  ['UTC', '1970-01-01T00:00:00', '1970-01-01T00:00:01', '1970-01-01T00:00:02', true],
  ['UTC', '1969-12-31T23:00:00', '1969-12-31T23:00:01', '1969-12-31T23:00:02', false],
  ['UTC', '1969-12-31T23:00:00', '1970-01-01T01:00:00', '1970-01-01T01:00:00', false],
])('readings in %s after a newest one at %s, from %s to %s, are in order: %s', async (zone, newest, first, last, isInOrder) => {
  const earlier = [3_600, 7_200, 86_400].map((seconds) => at(newest) - seconds)
  const id = await storeReadings(zone, [...earlier, at(newest)])
  expect(await continues([id, at(first), at(last)])).toBe(isInOrder)
})

describe('factories', () => {
  const NEWEST = at('2024-05-02T10:00:00')
  const span = (id: number, more = 60): Span => [id, NEWEST + more, NEWEST + more + 60]

  test('readings of a factory without readings, or whose readings retention has trimmed, are not in order', async () => {
    expect(await continues(span(await addFactory('UTC', [])))).toBe(false)
    const id = await addFactory('UTC', [NEWEST])
    expect(await continues(span(id))).toBe(true)
    await env.DB.prepare(
      'update chunks set times = null where series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?)',
    )
      .bind(id)
      .run()
    expect(await continues(span(id))).toBe(false)
  })

  test('readings of several factories are in order if those of each factory are', async () => {
    const [first, second] = [await addFactory('UTC', [NEWEST]), await addFactory('Asia/Kolkata', [NEWEST])]
    const other = await addFactory('UTC', [NEWEST + 600])
    expect(await continues(span(first), span(second))).toBe(true)
    expect(await continues(span(first), span(second), span(other))).toBe(false)
    expect(await continues(span(other), span(first))).toBe(false)
    expect(await continues(span(other, 660), span(first), span(second, 120))).toBe(true)
    expect(await continues([first, NEWEST + 60, NEWEST + 86_400], span(second))).toBe(false)
    expect(await continues([first, NEWEST, NEWEST + 60], span(second))).toBe(false)
    expect(await continues(span(first), span(9_999))).toBe(false)
  })

  test('a factory of another organisation with the same id does not count', async () => {
    const own = await addFactory('UTC', [NEWEST])
    const others = []
    do others.push(await addFactory('UTC', [NEWEST], harness.otherOrganisation))
    while (others.at(-1)! < own)
    const [unlike] = others
    expect(await continues(span(unlike!))).toBe(false)
    expect(await continues(span(own))).toBe(true)
    expect(await continues(span(unlike!), span(own))).toBe(false)
  })
})
