import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { openSession } from '../../../src/db/client.ts'
import { selectPresetRange } from '../../../src/queries/ranges.ts'
import { storeReadings } from '../../support/chunks.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: a chart has at most the requested points, and reads no more rows than it needs.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

describe('the points of a chart', () => {
  const createSeries = async (step: number, length: number) => {
    const created = await harness.engineer.post('/api/factories', {})
    const { id } = ((await created.json()) as { factory: { id: number } }).factory
    for (let n = 0; n < length; n += 5_000) {
      const readings = Array.from({ length: Math.min(5_000, length - n) }, (_, k) => ({
        time: (n + k) * step,
        actual: (n + k) % 7,
        goal: 3,
      }))
      await harness.operator.post(`/api/factory/${id}/chart-data`, { readings })
    }
    return `/api/factory/${id}/chart-data`
  }
  const points = async (path: string) => {
    const response = await harness.viewer.get(path)
    return { resolution: response.headers.get('X-Resolution'), rows: (await response.json()) as Record<string, number>[] }
  }

  test('points= uses up to 5,000 readings, then hours if they fit, then days', async () => {
    const path = await createSeries(1_200, 15_500)
    const raw = await points(`${path}?points=100&to=${5_000 * 1_200}&format=rows`)
    expect([raw.resolution, raw.rows.length, Object.keys(raw.rows[0]!)]).toEqual(['raw', 100, ['time', 'actual', 'goal']])
    const hours = await points(`${path}?points=1667&to=${5_001 * 1_200}&format=rows`)
    expect([hours.resolution, hours.rows.length, hours.rows[1]!['readings']]).toEqual(['hour', 1_667, 3])
    const days = await points(`${path}?points=1666&to=${5_001 * 1_200}&format=rows`)
    expect([days.resolution, days.rows.length, days.rows[1]!['readings']]).toEqual(['day', 70, 72])
    expect((await points(`${path}?points=100&to=6000&resolution=day&format=rows`)).resolution).toBe('day')
  })

  test('points= returns a page of days with a Link if there are more days than points', async () => {
    const path = await createSeries(43_200, 40)
    const page = async (query: string) => {
      const response = await harness.viewer.get(`${path}?points=5&resolution=hour&format=rows${query}`)
      expect(response.headers.get('X-Resolution')).toBe('day')
      const rows = (await response.json()) as { time: number }[]
      return [rows.map(({ time }) => time / 86_400), response.headers.get('Link')?.replace(/^<.*[?&]((?:to|from)=\d+).*>; /, '$1 ')]
    }
    expect(await page('')).toEqual([[15, 16, 17, 18, 19], `to=${15 * 86_400} rel="prev"`])
    expect(await page('&from=0')).toEqual([[0, 1, 2, 3, 4], `from=${5 * 86_400} rel="next"`])
  })

  test('last=day returns at most 500 readings, however many the day has', async () => {
    const perMinute = await points(`${await createSeries(60, 2_000)}?last=day&format=rows`)
    expect([perMinute.resolution, perMinute.rows.length, perMinute.rows[0]!['readings']]).toEqual(['raw', 500, undefined])
    const path = await createSeries(10, 9_000)
    const perTenSeconds = await points(`${path}?last=day&format=rows`)
    expect([perTenSeconds.resolution, perTenSeconds.rows.length, perTenSeconds.rows[0]!['readings']]).toEqual(['raw', 500, undefined])
    for (const { time, actual, goal } of perTenSeconds.rows) expect([time! % 10, actual, goal]).toEqual([0, (time! / 10) % 7, 3])
    const [oldest, newest] = [perTenSeconds.rows[0]!['time']!, perTenSeconds.rows.at(-1)!['time']!]
    expect([newest, newest - oldest]).toEqual([89_990, 86_390])
    // One reading is chosen from each of about 500 parts of equal size, so two neighbours are less than three parts apart.
    const steps = perTenSeconds.rows.slice(1).map(({ time }, n) => time! - perTenSeconds.rows[n]!['time']!)
    expect(Math.max(...steps)).toBeLessThan((3 * 86_400) / 500)
  })

  test('last=day reads one row per hour and samples a reading per minute, also with one reading per second', async () => {
    const series = `(select series_pk from factories where organisation_pk = 1 and id = 0)`
    await storeReadings(`with recursive n(at) as (select 0 union all select at + 1 from n where at < 86399)
      select ${series} as series_pk, 1700000000 + at as time, at % 9 as actual, 5 as goal from n`)
    await harness.operator.post('/api/factory/0/chart-data', { time: 1_700_086_400, actual: 1, goal: 5 })
    const { sql, params } = selectPresetRange(openSession(harness.isolate, 'first-primary').db, 1, 0, 'day').toSQL()
    const read = async () => {
      const { results, meta } = await env.DB.prepare(sql)
        .bind(...params)
        .all<Record<string, string>>()
      return { times: (JSON.parse(results[0]!.text_times!) as [number, number[]][]).flatMap(([, times]) => times), rows: meta.rows_read }
    }
    const { times, rows } = await read()
    expect(times.length).toBeGreaterThan(86_399)
    expect(rows).toBeLessThanOrEqual(200)
    const shown = async () => {
      const response = await harness.elsewhere(newIsolate(harness.clock)).viewer.get('/api/factory/0/chart-data?last=day&format=rows')
      return (await response.json()) as { time: number; actual: number }[]
    }
    const points = await shown()
    expect([points.length, points.at(-1)!.time]).toEqual([500, 1_700_086_400])
    // The largest figures, which D1 returns in one value for each column.
    await env.DB.prepare(
      `update chunks set actual = replace(actual, '7', '9007199254740991'), goal = replace(goal, '5', '9007199254740991') where series_pk = ${series}`,
    ).run()
    harness.clock.advance(3_600_000)
    await harness.operator.post('/api/factory/0/chart-data', { time: 1_700_086_401, actual: 1, goal: 5 })
    await harness.drain()
    const large = await shown()
    expect([large.length, Math.max(...large.map(({ actual }) => actual))]).toEqual([500, 9_007_199_254_740_991])
  })
})
