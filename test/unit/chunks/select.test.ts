import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { SQLInputValue } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { insertChunks } from '../../../src/chunks/append.ts'
import { CHUNK_SECONDS, chunkStart } from '../../../src/chunks/chunk.ts'
import { encodeReadings } from '../../../src/chunks/encode.ts'
import type { ReadingInput } from '../../../src/chunks/encode.ts'
import { parseReadings, toRows } from '../../../src/chunks/parse.ts'
import { selectNewestTexts, selectTexts } from '../../../src/chunks/select.ts'
import type { ChunkRange } from '../../../src/chunks/select.ts'
import { dialect } from '../../../src/db/dialect.ts'
import { SimulatedD1, WELL_D1 } from '../../support/simulated-d1.ts'
import { Timeline } from '../../support/timeline.ts'

// Promise: a walk through chunks selects all readings of its range, and no chunk that it does not need.
// test/integration/chunks/select.test.ts has the other queries.

/** Builds statements, and cannot run them. */
const db = drizzle({} as D1Database)
const SERIES = sql`7`

let timeline: Timeline
let d1: SimulatedD1
beforeEach(() => {
  timeline = new Timeline(1)
  d1 = new SimulatedD1(timeline, WELL_D1, 'north')
})
afterEach(() => d1.close())

const run = (statement: SQL) => {
  const { sql: text, params } = dialect.sqlToQuery(statement)
  return d1.prepare(text).all(...(params as SQLInputValue[]))
}
const insert = (readings: ReadingInput[], series: SQL = SERIES) => run(insertChunks(db, series, encodeReadings(readings)).getSQL())
const valueOf = (expression: SQL) => run(sql`select ${expression} as value`)[0]!['value']
const readingsOf = (texts: SQL<string>) => toRows(parseReadings(valueOf(texts) as string))
const timesOf = (texts: SQL<string>) => readingsOf(texts).map(({ time }) => time)

/** Creates readings of some hours, with gaps, and with one reading or many in an hour. */
const createReadings = (): ReadingInput[] => {
  const readings: ReadingInput[] = []
  for (let hour = timeline.between(-3, 3); hour < 40; hour += timeline.pick([1, 1, 1, 2, 7])) {
    const step = timeline.pick([4, 60, 600, 3600])
    for (let time = hour * CHUNK_SECONDS + timeline.between(0, step - 1); time < (hour + 1) * CHUNK_SECONDS; time += step)
      readings.push({ time, actual: timeline.between(0, 99), goal: timeline.pick([null, 30]) })
  }
  return readings
}

/** Returns the times of the chunks that a walk needs: the first one, and then until they have as many readings as the limit. */
const expectedTimes = (
  readings: ReadingInput[],
  { from, to, limit, order }: Record<'from' | 'to' | 'limit', number> & Pick<ChunkRange, 'order'>,
) => {
  const hours = [...Map.groupBy(readings, ({ time }) => chunkStart(time))].filter(([start]) => start > from - CHUNK_SECONDS && start < to)
  if (order === 'newest') hours.reverse()
  let count = 0
  const needed = hours.filter(([, ofHour], index) => {
    if (index > 0 && count >= limit) return false
    if (index > 0) count += ofHour.length
    return true
  })
  return needed.flatMap(([, ofHour]) => ofHour.map(({ time }) => time)).toSorted((a, b) => a - b)
}

describe('selectTexts', () => {
  test('selects the first chunk of a range and as many more as have the limit of readings, in 400 random ranges', () => {
    for (let round = 0; round < 20; round++) {
      run(sql`delete from chunks`)
      const readings = createReadings()
      insert(readings)
      insert([{ time: 5 * CHUNK_SECONDS, actual: 1 }], sql`6`)
      for (let n = 0; n < 20; n++) {
        const from = timeline.pick([Number.MIN_SAFE_INTEGER, timeline.between(-5, 45) * CHUNK_SECONDS, timeline.between(-9_000, 150_000)])
        const to = timeline.pick([Number.MAX_SAFE_INTEGER, timeline.between(-5, 45) * CHUNK_SECONDS, from + timeline.between(1, 90_000)])
        const range = { from, to, limit: timeline.pick([0, 1, 60, 61, 500, 5_000]), order: timeline.pick(['oldest', 'newest'] as const) }
        expect(timesOf(selectTexts(SERIES, range)), JSON.stringify({ round, n, range })).toEqual(expectedTimes(readings, range))
      }
    }
  })

  test('selects every figure of a full hour, and null for a figure that an hour lacks', () => {
    const full = Array.from({ length: CHUNK_SECONDS }, (_, time) => ({ time, actual: time, goal: time % 7 ? 30 : null, scrap: 1 }))
    insert([...full, { time: 4_000, goal: 2 }, { time: 9_000, actual: 3 }])
    const range = { from: 0, to: 9_000, limit: 1, order: 'oldest' } as const
    expect(readingsOf(selectTexts(SERIES, range))).toEqual([...full, { time: 4_000, actual: null, goal: 2, scrap: null }])
    expect(timesOf(selectTexts(SERIES, { ...range, to: 9_001, order: 'newest', limit: 2 }))).toHaveLength(CHUNK_SECONDS + 2)
    expect(timesOf(selectTexts(SERIES, { ...range, to: 9_001, order: 'newest', limit: 1 }))).toEqual([4_000, 9_000])
  })

  test('selects the readings at the ends of the range of times', () => {
    const times = [-9_000_000_000_000, -8_999_999_990_000, 9_000_000_000_000, 9_000_000_003_600]
    insert(times.map((time) => ({ time, actual: 1 })))
    for (const order of ['oldest', 'newest'] as const)
      expect(timesOf(selectTexts(SERIES, { from: times[0]!, to: times[3]! + 1, limit: 9, order }))).toEqual(times)
  })

  test('ends at a chunk that retention has trimmed, and begins after it', () => {
    insert([0, 1, 2, 3].map((hour) => ({ time: hour * CHUNK_SECONDS, actual: 1 })))
    run(sql`update chunks set times = null, actual = null where start = 3600`)
    expect(timesOf(selectNewestTexts(SERIES, 9))).toEqual([7_200, 10_800])
    expect(timesOf(selectTexts(SERIES, { from: 3_600, to: 99_999, limit: 9, order: 'oldest' }))).toEqual([7_200, 10_800])
  })

  test('selects an empty array from a series without readings', () => {
    expect(valueOf(selectNewestTexts(SERIES, 500))).toBe('[]')
  })
})
