import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { downsample } from '../../../src/documents/downsample.ts'
import type { Point } from '../../../src/queries/points.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { columnsOf, sumColumnsOf } from '../../support/series-model.ts'
import type { Stored, Sum } from '../../support/series-model.ts'
import { bucketsIn, bucketSums } from '../../support/summary-model.ts'

// Promise: chart data equals a model for pages, preset ranges, buckets and chosen points of any series.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

interface Row extends Stored {
  readings?: number
  goal_readings?: number
}

const addFactory = async (zone: string, readings: Stored[]) => {
  const created = await harness.engineer.post('/api/factories', { time_zone: zone, chart_data: columnsOf(readings) })
  return ((await created.json()) as { factory: { id: number } }).factory.id
}

/** Returns the buckets that begin in a range, between the first and the last bucket of the series that have readings. */
const bucketsOf = (readings: Stored[], zone: string, resolution: 'hour' | 'day', from: number, to: number): Row[] => {
  const { hourOf, dayOf } = bucketsIn(zone)
  const startOf = resolution === 'hour' ? hourOf : dayOf
  const sums = bucketSums(readings, startOf)
  const rows: Row[] = []
  for (const { start, actual, goal, readings: n, goal_readings } of sums) {
    const previous = rows.at(-1)?.time ?? Infinity
    const gap: Row[] = []
    for (let time = startOf(start - 60); time > previous; time = startOf(time - 60))
      gap.unshift({ time, actual: null, goal: null, readings: 0, goal_readings: 0 })
    rows.push(...gap, { time: start, actual, goal, readings: n, goal_readings })
  }
  return rows.filter(({ time }) => time >= from && time < to)
}

const value = fc.constantFrom(null, 0, 1, 32, 40)
const series = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 600 }), value, value), { selector: ([at]) => at, maxLength: 60 })
  .map((rows) => rows.toSorted(([a], [b]) => a - b))
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia')
const SPRING = Date.parse('2024-03-30T12:00:00Z') / 1000

test('the pages of any range, forwards or backwards, contain each point once', async () => {
  await fc.assert(
    fc.asyncProperty(
      series,
      zone,
      fc.constantFrom('raw', 'hour', 'day'),
      fc.integer({ min: 1, max: 40 }),
      fc.option(fc.integer({ min: -50, max: 500 })),
      fc.option(fc.integer({ min: 501, max: 700 })),
      fc.boolean(),
      async (rows, zone, resolution, limit, first, last, isForward) => {
        const unit = 600
        const readings = rows.map(([at, actual, goal]): Stored => ({ time: SPRING + at * unit, actual, goal }))
        const id = await addFactory(zone, readings)
        const from = isForward ? SPRING + (first ?? -50) * unit : undefined
        const to = last === null ? undefined : SPRING + last * unit
        const inRange = ({ time }: { time: number }) => time >= (from ?? -Infinity) && time < (to ?? Infinity)
        const expected: Row[] =
          resolution === 'raw'
            ? readings.filter(inRange)
            : bucketsOf(readings, zone, resolution as 'hour', from ?? -Infinity, to ?? Infinity)
        const query = new URLSearchParams({ resolution, limit: String(limit), format: 'rows' })
        if (from !== undefined) query.set('from', String(from))
        if (to !== undefined) query.set('to', new Date(to * 1000).toISOString())
        let next: string | undefined = `/api/factory/${id}/chart-data?${query.toString()}`
        const shown: Row[] = []
        for (let pages = 0; next !== undefined; pages++) {
          expect(pages).toBeLessThanOrEqual(Math.ceil(expected.length / limit))
          const response: Response = await harness.viewer.get(next)
          const page = (await response.json()) as Row[]
          expect(page.length).toBeLessThanOrEqual(limit)
          if (isForward) shown.push(...page)
          else shown.unshift(...page)
          next = new RegExp(`^<(.+)>; rel="${isForward ? 'next' : 'prev'}"$`).exec(response.headers.get('Link') ?? '')?.[1]
        }
        expect(shown).toEqual(expected)
      },
    ),
    { numRuns: 80 },
  )
})

test.each(['day', 'week', 'month', 'year'] as const)('last=%s returns the range that ends with the newest reading', async (last) => {
  const seconds = { day: 1, week: 7, month: 30, year: 365 }[last] * 86_400
  await fc.assert(
    fc.asyncProperty(series, zone, fc.integer({ min: 1, max: 5 }), async (rows, zone, scale) => {
      const readings = rows.map(([at, actual, goal]): Stored => ({
        time: Math.round(SPRING - (600 - at) * ((scale * seconds) / 1_200)),
        actual,
        goal,
      }))
      const id = await addFactory(zone, readings)
      const end = (readings.at(-1)?.time ?? 0) + 1
      const rowsOf: Row[] =
        last === 'day'
          ? readings.filter(({ time }) => time >= end - seconds)
          : bucketsOf(readings, zone, last === 'year' ? 'day' : 'hour', end - seconds, end)
      const path = `/api/factory/${id}/chart-data?last=${last}`
      expect(await (await harness.viewer.get(`${path}&format=rows`)).json()).toEqual(rowsOf)
      await harness.drain()
      const repeated = await harness.elsewhere(newIsolate(harness.clock)).viewer.get(`${path}&format=rows`)
      expect(repeated.headers.get('Cache-Status')).toBe('kv; hit')
      expect(await repeated.json()).toEqual(rowsOf)
      expect(await (await harness.viewer.get(path)).json()).toEqual(last === 'day' ? columnsOf(rowsOf) : sumColumnsOf(rowsOf as Sum[]))
    }),
    { numRuns: 12 },
  )
})

test('a chart of buckets has every bucket between its first and its last, for any parameters', async () => {
  await fc.assert(
    fc.asyncProperty(
      series,
      zone,
      fc.constantFrom('raw', 'hour', 'day'),
      fc.constantFrom('columns', 'rows', 'csv'),
      fc.oneof(
        fc.record({ points: fc.integer({ min: 3, max: 60 }) }),
        fc.record({ limit: fc.integer({ min: 1, max: 60 }) }),
        fc.record({ last: fc.constantFrom('week', 'month', 'year') }),
      ),
      fc.option(fc.integer({ min: -50, max: 500 }), { nil: undefined }),
      async (rows, zone, resolution, format, parameters, first) => {
        const readings = rows.map(([at, actual, goal]): Stored => ({ time: SPRING + at * 6_000, actual, goal }))
        const id = await addFactory(zone, readings)
        const from = first === undefined ? -Infinity : SPRING + first * 6_000
        const isLast = 'last' in parameters
        const query = new URLSearchParams({ ...parameters, ...(!isLast && { resolution, ...(first !== undefined && { from }) }) } as never)
        const path = `/api/factory/${id}/chart-data?${query.toString()}`
        const response = await harness.viewer.get(`${path}&format=rows`)
        const shown = (await response.json()) as Sum[]
        const actualResolution = response.headers.get('X-Resolution') as 'raw' | 'hour' | 'day'
        if ('points' in parameters) expect(shown.length).toBeLessThanOrEqual(parameters.points)
        if (actualResolution !== 'raw') {
          const all = bucketsOf(readings, zone, actualResolution, isLast ? -Infinity : from, Infinity)
          const start = all.findIndex(({ time }) => time === shown[0]?.time)
          expect(shown).toEqual(start < 0 ? [] : all.slice(start, start + shown.length))
          if (!isLast && !response.headers.has('Link')) expect(shown).toHaveLength(all.length)
        }
        const text = await (await harness.viewer.get(`${path}&format=${format}`)).text()
        const [names = [], ...lines] = text
          .split('\r\n')
          .slice(0, -1)
          .map((line) => line.split(','))
        const numberOf = (text: string) => (text === '' ? null : Number(text))
        if (format === 'columns') expect(JSON.parse(text)).toEqual(actualResolution === 'raw' ? columnsOf(shown) : sumColumnsOf(shown))
        if (format === 'csv')
          expect(lines.map((line) => Object.fromEntries(names.map((name, at) => [name, numberOf(line[at]!)])))).toEqual(
            shown.map((row) => expect.objectContaining(row)),
          )
      },
    ),
    { numRuns: 60 },
  )
})

type KnownPoint = Point & { actual: number }

/**
 * Returns at most `maxPoints` points by Largest-Triangle-Three-Buckets as its paper describes it, for series without gaps
 * (Steinarsson, 2013, "Downsampling Time Series for Visual Representation").
 */
const downsampleByPaper = (points: Point[], maxPoints: number): Point[] => {
  if (points.length <= maxPoints) return points
  const chosen = [points[0]!]
  const bucketSize = (points.length - 2) / (maxPoints - 2)
  for (let i = 0; i < maxPoints - 2; i++) {
    const start = Math.floor((i + 1) * bucketSize) + 1
    const end = Math.min(Math.floor((i + 2) * bucketSize) + 1, points.length)
    let [x, y] = [0, 0]
    for (let j = start; j < end; j++) [x, y] = [x + points[j]!.time, y + points[j]!.actual!]
    ;[x, y] = [x / (end - start), y / (end - start)]
    const { time: ax, actual: ay } = chosen.at(-1) as KnownPoint
    let [best, area] = [points[0]!, -1]
    for (let j = Math.floor(i * bucketSize) + 1; j < start; j++) {
      const { time: bx, actual: by } = points[j] as KnownPoint
      const found = Math.abs((ax - x) * (by - ay) - (ax - bx) * (y - ay))
      if (found > area) [best, area] = [points[j]!, found]
    }
    chosen.push(best)
  }
  return [...chosen, points.at(-1)!]
}

describe('downsample', () => {
  const maxPoints = fc.integer({ min: 3, max: 50 })
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 100_000 }), { maxLength: 300 }).map((all) => all.toSorted((a, b) => a - b))

  test('downsample chooses the points that the algorithm of the paper chooses', () => {
    fc.assert(
      fc.property(times, maxPoints, fc.infiniteStream(fc.integer({ min: 0, max: 100 })), (times, limit, actuals) => {
        const points = times.map((time): Point => ({ time, actual: actuals.next().value as number, goal: null }))
        expect(downsample(points, limit)).toEqual(downsampleByPaper(points, limit))
      }),
    )
  })

  test('downsample returns points of the series in order, with the first, the last and gaps', () => {
    fc.assert(
      fc.property(times, maxPoints, fc.infiniteStream(fc.constantFrom(null, null, 0, 7, 40)), (times, limit, actuals) => {
        const points = times.map((time): Point => ({ time, actual: actuals.next().value as number | null, goal: null }))
        const chosen = downsample(points, limit)
        expect(chosen).toHaveLength(Math.min(limit, points.length))
        expect(chosen).toEqual(points.filter((point) => chosen.includes(point)))
        expect([chosen[0], chosen.at(-1)]).toEqual([points[0], points.at(-1)])
      }),
    )
    const gap = Array.from({ length: 100 }, (_, n): Point => ({ time: n, actual: n >= 30 && n < 70 ? null : n, goal: null }))
    // With 20 points, whole parts of the series are without an actual value, one after the other.
    for (const limit of [10, 20]) expect(downsample(gap, limit).some(({ actual }) => actual === null)).toBe(true)
  })
})
