import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { beforeAll, describe, expect, test } from 'vitest'
import { insertChunks } from '../../../src/chunks/append.ts'
import { SUM_COLUMNS, TEXT_COLUMNS } from '../../../src/chunks/chunk.ts'
import { ENCODED, encodeChunks, encodedPosition, lastReading } from '../../../src/chunks/encode.ts'
import type { EncodedChunk } from '../../../src/chunks/encode.ts'
import { sumsFrom, textsAround } from '../../../src/chunks/last-day.ts'
import { parseReadings } from '../../../src/chunks/parse.ts'
import * as select from '../../../src/chunks/select.ts'
import { selectStates } from '../../../src/chunks/select-states.ts'
import { addSums, noSums, SUM_NAMES } from '../../../src/chunks/sums.ts'
import { createHarness } from '../../support/harness.ts'
import { makeRandom } from '../../support/random.ts'
import { addStoredSeries } from '../../support/stored-series.ts'

// Promise: each query of chunks returns those of one series and range, in the given order and number, and none that retention has trimmed.

const db = drizzle(env.DB)
const HOUR = 3_600
const START = 100 * HOUR
/** Hours with readings. The first two are trimmed. */
const HOURS = [0, 1, 2, 3, 4, 6, 7, 11, 12, 20]
const TRIMMED_BEFORE = START + 2 * HOUR
/** Hours of another series. */
const OTHER_HOURS = [1, 2, 3, 5, 8, 13, 21]

const random = makeRandom(7)
const readingsOf = (hour: number, figure: number) =>
  Array.from({ length: 1 + random.below(5) }, (_, index) => ({
    time: START + hour * HOUR + 10 + index * 700,
    actual: hour % 4 === 3 ? null : figure + index,
    goal: index === 1 ? null : 5,
    scrap: hour === 6 ? 1 : null,
  }))
const READINGS = HOURS.flatMap((hour) => readingsOf(hour, hour))
const CHUNKS = encodeChunks(READINGS)
const startOf = (chunk: EncodedChunk) => Number(chunk[ENCODED.start])
const countOf = (chunk: EncodedChunk) => Number(chunk[ENCODED.readings])
const isTrimmed = (chunk: EncodedChunk) => startOf(chunk) < TRIMMED_BEFORE

/** The series of the tests. */
let seriesPk: SQL
beforeAll(async () => {
  const harness = await createHarness()
  const addSeries = async (encoded: readonly EncodedChunk[]) => {
    const { pk } = await addStoredSeries(harness.engineer, 'UTC')
    await insertChunks(db, sql`${pk}`, JSON.stringify(encoded)).run()
    return pk
  }
  await addSeries(encodeChunks(OTHER_HOURS.flatMap((hour) => readingsOf(hour, 100))))
  const pk = await addSeries(CHUNKS)
  await addSeries(encodeChunks(OTHER_HOURS.flatMap((hour) => readingsOf(hour, 200))))
  seriesPk = sql.raw(String(pk))
  await env.DB.prepare(`update chunks set ${TEXT_COLUMNS.map((name) => `${name} = null`).join(', ')} where series_pk = ? and start < ?`)
    .bind(pk, TRIMMED_BEFORE)
    .run()
  await env.DB.prepare('update series set trimmed_before = ? where pk = ?').bind(TRIMMED_BEFORE, pk).run()
})

/** Returns the value of a query, in one round trip. */
const valueOf = async <T>(query: SQL): Promise<T> => (await db.values<[T]>(sql`select ${query}`))[0]![0]
const arrayOf = async <Row extends [start: number, ...unknown[]]>(query: SQL<string>) =>
  (JSON.parse(await valueOf<string>(query)) as Row[]).toSorted((a, b) => a[0] - b[0])
const startsOf = (rows: [start: number, ...unknown[]][]) => rows.map(([start]) => start)
/** Bounds of ranges: at, before and after the starts of chunks, and far away. */
const BOUNDS = [
  -9e12,
  ...[0, 1, 2, 3, 5, 6, 8, 11, 20, 21].flatMap((hour) => [-1, 0, 1, 700].map((more) => START + hour * HOUR + more)),
  9e12,
]
/** Ranges and limits of which each test tries all. */
const RANGES = Array.from({ length: 25 }, () => {
  const [from, to] = [random.pick(BOUNDS), random.pick(BOUNDS)].toSorted((a, b) => a - b) as [number, number]
  return { from, to, limit: random.below(12) }
})
/** Returns the chunks with readings in a range, also if they begin before it. */
const chunksIn = ({ from, to }: { from: number; to: number }) =>
  CHUNKS.filter((chunk) => startOf(chunk) > from - HOUR && startOf(chunk) < to)

describe.each(['oldest', 'newest'] as const)('from the %s chunk on', (order) => {
  const ordered = (chunks: EncodedChunk[]) => (order === 'oldest' ? chunks : chunks.toReversed())

  test('selectTexts returns the first chunk of a range and those after it, until these contain the limit of readings', async () => {
    for (const range of RANGES) {
      const [first, ...others] = ordered(chunksIn(range).filter((chunk) => !isTrimmed(chunk)))
      let readings = 0
      const after = others.filter((chunk) => {
        const isTaken = readings < range.limit
        if (isTaken) readings += countOf(chunk)
        return isTaken
      })
      const expected = [...(first ? [first] : []), ...after].map(startOf).toSorted((a, b) => a - b)
      const json = await valueOf<string>(select.selectTexts(seriesPk, { ...range, order }))
      expect(
        startsOf(JSON.parse(json) as [number][]).toSorted((a, b) => a - b),
        JSON.stringify(range),
      ).toEqual(expected)
      const { time } = parseReadings(json)
      expect(time).toEqual(READINGS.map((reading) => reading.time).filter((each) => expected.includes(each - (each % HOUR))))
    }
  })

  test('selectSums returns the sums of a range up to the limit, and texts of the chunks before the zone was aligned', async () => {
    for (const range of RANGES.filter(({ limit }) => limit > 0))
      for (const alignedFrom of [Number.MIN_SAFE_INTEGER, START + 6 * HOUR, START + 6 * HOUR + 1]) {
        const parts = Object.values(Object.groupBy(chunksIn(range), (chunk) => String(startOf(chunk) >= alignedFrom)))
        const expected = parts
          .flatMap((part) => ordered(part!).slice(0, range.limit))
          .map((chunk) => {
            const sums = SUM_COLUMNS.map((column) => chunk[encodedPosition(column)])
            const hasTexts = startOf(chunk) < alignedFrom && !isTrimmed(chunk)
            return [startOf(chunk), ...sums, hasTexts ? startOf(chunk) : null]
          })
        const rows = await arrayOf(select.selectSums(seriesPk, { ...range, order }, sql`${alignedFrom}`))
        const found = rows.map((row) => [...row.slice(0, -1), (row.at(-1) as [number] | null)?.[0] ?? null])
        expect(found, JSON.stringify({ ...range, alignedFrom })).toEqual(expected.toSorted((a, b) => Number(a[0]) - Number(b[0])))
      }
  })
})

test('selectTexts counts the readings of a full hour, and finds chunks at the ends of the range of times', async () => {
  const series = sql`-7`
  const full = Array.from({ length: HOUR }, (_, time) => ({ time, actual: 1 }))
  const [first, second, third] = [-8_999_999_996_400, 0, HOUR]
  await insertChunks(db, series, JSON.stringify(encodeChunks([{ time: first, actual: 1 }, ...full, { time: third, actual: 1 }]))).run()
  const walk = async (limit: number, order: 'oldest' | 'newest') =>
    startsOf(await arrayOf(select.selectTexts(series, { from: -9e12, to: 9e12, limit, order })))
  expect(await walk(HOUR, 'newest')).toEqual([second, third])
  expect(await walk(HOUR, 'oldest')).toEqual([first, second])
  for (const order of ['newest', 'oldest'] as const) expect(await walk(HOUR + 1, order)).toEqual([first, second, third])
})

test('selectNewestTexts returns the newest chunks with a number of readings', async () => {
  const [newest, next] = CHUNKS.toReversed()
  const rows = await arrayOf(select.selectNewestTexts(seriesPk, countOf(next!)))
  expect(startsOf(rows)).toEqual([startOf(next!), startOf(newest!)])
})

test('selectColumn returns one text of each chunk with readings from a time on, and countAround their number', async () => {
  for (const from of BOUNDS) {
    const chunks = chunksIn({ from, to: 9e15 })
    for (const name of TEXT_COLUMNS) {
      const text = (chunk: EncodedChunk) => JSON.parse(`[${(chunk[encodedPosition(name)] as string | null) ?? ''}]`) as unknown
      const expected = chunks.filter((chunk) => !isTrimmed(chunk)).map((chunk) => [startOf(chunk), text(chunk)])
      expect(await arrayOf(select.selectColumn(seriesPk, name, sql`${from}`)), String(from)).toEqual(expected)
    }
    const count = chunks.reduce((sum, chunk) => sum + countOf(chunk), 0)
    expect(await valueOf(select.countAround(seriesPk, sql`${from}`)), String(from)).toBe(count)
  }
})

test('selectStates returns the states of the chunks of a span, and of the three before it that have an actual production', async () => {
  for (const { from, to } of RANGES) {
    const before = CHUNKS.filter((chunk) => startOf(chunk) <= from - HOUR && chunk[ENCODED.states] !== '[0]').slice(-3)
    const expected = [...before, ...chunksIn({ from, to })].map((chunk) => [startOf(chunk), JSON.parse(String(chunk[ENCODED.states]))])
    expect(await arrayOf(selectStates(seriesPk, { from, to })), `${from} ${to}`).toEqual(expected)
  }
})

test('sumsFrom returns the sums of the chunks that start at or after a time, and textsAround the chunk around it', async () => {
  for (const time of BOUNDS) {
    const sumsOf = (chunk: EncodedChunk) =>
      [0, 1, 2, 3].map((quarter) => {
        const values = SUM_NAMES.map((name) => [name, chunk[encodedPosition(`${name}_${quarter}` as (typeof SUM_COLUMNS)[number])]])
        return Object.fromEntries(values) as ReturnType<typeof noSums>
      })
    const sums = CHUNKS.filter((chunk) => startOf(chunk) >= time).flatMap(sumsOf)
    const expected = sums.reduce(addSums, noSums())
    expect(JSON.parse(await valueOf<string>(sumsFrom(seriesPk, sql`${time}`))), String(time)).toEqual(
      SUM_NAMES.map((name) => expected[name]),
    )
    const around = CHUNKS.filter((chunk) => !isTrimmed(chunk) && startOf(chunk) < time && startOf(chunk) > time - HOUR)
    expect(startsOf(await arrayOf(textsAround(seriesPk, sql`${time}`))), String(time)).toEqual(around.map(startOf))
  }
})

test('readingAtTime returns the figures of a reading, and nothing at another time', async () => {
  const figures = sql.raw(['actual', 'goal', 'scrap'].map((name) => select.figureAtTime(name as 'actual')).join(', '))
  const at = (time: number) => db.values(sql`select ${figures} from ${select.readingAtTime(seriesPk, time)}`)
  for (const { time, actual, goal, scrap } of READINGS) {
    expect(await at(time), String(time)).toEqual(time < TRIMMED_BEFORE ? [] : [[actual, goal, scrap]])
    for (const other of [time - 1, time + 1, time + 10 * HOUR + 1]) expect(await at(other), String(other)).toEqual([])
  }
})

test('newestTime, newestReading and oldestTime return the ends of the readings of a series', async () => {
  const { scrap, ...newest } = { scrap: undefined, ...lastReading(CHUNKS.at(-1)!) }
  expect(await valueOf(select.newestTime(seriesPk))).toBe(newest.time)
  expect(JSON.parse(await valueOf<string>(select.newestReading(seriesPk)))).toEqual(scrap === undefined ? newest : { ...newest, scrap })
  const [[oldest]] = (await db.values(sql`select ${select.oldestTime} from series where pk = ${seriesPk}`)) as [[number]]
  expect(oldest).toBe(READINGS.find(({ time }) => time >= TRIMMED_BEFORE)!.time)
  for (const query of [select.newestTime(sql`-1`), select.newestReading(sql`-1`)]) expect(await valueOf(query)).toBeNull()
})

test('hasProduction is true for the chunks with an actual production above 0', async () => {
  const rows = await db.values(
    sql`select start from chunks as c where series_pk = ${seriesPk} and ${select.hasProduction('c')} order by start`,
  )
  const expected = CHUNKS.filter((chunk) =>
    READINGS.some(({ time, actual }) => time - (time % HOUR) === startOf(chunk) && (actual ?? 0) > 0),
  )
  expect(rows.flat()).toEqual(expected.map(startOf))
})
