import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { expect, test } from 'vitest'
import { appendedColumn } from '../../../src/chunks/append.ts'
import { CHUNK_COLUMNS } from '../../../src/chunks/chunk.ts'
import { cutText } from '../../../src/chunks/cut.ts'
import { encodeChunks, encodedPosition } from '../../../src/chunks/encode.ts'
import type { EncodedChunk } from '../../../src/chunks/encode.ts'
import { computeStates } from '../../../src/chunks/states.ts'
import { joinedStates } from '../../../src/chunks/states-sql.ts'
import { pack } from '../../../src/chunks/unpack.ts'
import { makeRandom } from '../../support/random.ts'

// Promise: SQL appends to chunks, packs readings and cuts texts as the code in TypeScript would. Each test needs one query.

const db = drizzle(env.DB)
const START = 36_000
/** The columns of a chunk after its start. */
const columnsOf = (chunk: EncodedChunk) => CHUNK_COLUMNS.map((column) => chunk[encodedPosition(column)])

/** Returns random readings of the hour from `START` on. Their steps are near the limits of stops and silence. */
const createReadings = (seed: number) => {
  const random = makeRandom(seed)
  const count = 1 + random.below(7)
  const steps = Array.from({ length: count }, () => random.pick([1, 29, 30, 59, 60, 61, 500, 899, 900, 901]))
  let seconds = -1
  return steps
    .map((step) => (seconds += step))
    .filter((second) => second < 3_600)
    .map((second) => ({
      time: START + second,
      actual: random.pick([0, 0, 0, 1, 7, 2 ** 52, null]),
      goal: random.pick([0, 1, 30, null, null]),
      scrap: random.pick([null, null, null, 0]),
    }))
}
const CASES = Array.from({ length: 1_500 }, (_, seed) => createReadings(seed + 1))
/** Pairs of readings of one hour: first those that are stored, then those that are appended. */
const SPLIT = CASES.flatMap((readings, seed) => {
  const at = 1 + makeRandom(seed).below(readings.length)
  return at < readings.length ? [[readings.slice(0, at), readings.slice(at)] as const] : []
})

test('SQL joins the states of stored and appended readings to those of all of them', async () => {
  const pairs = [...SPLIT, ...CASES.slice(0, 200).map((readings) => [[], readings] as const)]
  const statesOf = (readings: Parameters<typeof computeStates>[1]) => JSON.stringify(computeStates(START, readings))
  const json = JSON.stringify(pairs.map(([stored, sent]) => [stored.length ? statesOf(stored) : null, statesOf(sent)]))
  const rows = await db.values<[string]>(
    sql`select ${sql.raw(joinedStates('value ->> 0', 'value ->> 1'))} from json_each(${json}) order by key`,
  )
  for (const [index, [stored, sent]] of pairs.entries())
    expect(rows[index]![0], JSON.stringify([stored, sent])).toBe(statesOf([...stored, ...sent]))
})

test('SQL appends a chunk to a stored one as the chunk of all readings', async () => {
  const encoded = SPLIT.map(([stored, sent]) => [...encodeChunks(stored), ...encodeChunks(sent)])
  const appended = appendedColumn(
    (column) => `(value -> 0 ->> ${encodedPosition(column)})`,
    (column) => `(value -> 1 ->> ${encodedPosition(column)})`,
  )
  const rows = await db.values(
    sql`select ${sql.raw(CHUNK_COLUMNS.map(appended).join(', '))} from json_each(${JSON.stringify(encoded)}) order by key`,
  )
  for (const [index, [stored, sent]] of SPLIT.entries())
    expect(rows[index], JSON.stringify([stored, sent])).toEqual(columnsOf(encodeChunks([...stored, ...sent])[0]!))
})

test('SQL packs readings of several series and hours to the chunks that a request would encode', async () => {
  const readings = CASES.flatMap((all, index) =>
    all.map((reading) => ({ series: index >> 1, ...reading, time: reading.time + (index & 1) * 3_600 })),
  )
  const json = JSON.stringify(
    readings.toReversed().map(({ series, time, ...figures }) => ({ series, start: time - (time % 3_600), time, ...figures })),
  )
  const rows = await db.values<[number, number, ...unknown[]]>(
    pack(sql`select value ->> 'series' as series_pk, value ->> 'start' as start, value ->> 'time' as time, value ->> 'actual' as actual,
      value ->> 'goal' as goal, value ->> 'scrap' as scrap from json_each(${json})`),
  )
  const packed = new Map(rows.map(([series, start, ...columns]) => [`${series} ${start}`, columns]))
  expect(packed.size).toBe(CASES.length)
  for (const [index, all] of CASES.entries()) {
    const [chunk] = encodeChunks(all.map((reading) => ({ ...reading, time: reading.time + (index & 1) * 3_600 })))
    expect(packed.get(`${index >> 1} ${START + (index & 1) * 3_600}`), JSON.stringify(all)).toEqual(columnsOf(chunk!))
  }
})

test('SQL cuts a text of a chunk between two indexes, whatever its length', async () => {
  const random = makeRandom(1)
  const cases = [1, 2, 3, 60, 127, 128, 129, 200, 500, 3_600].flatMap((count) =>
    [1, 4, 16].flatMap((digits) => {
      const values = Array.from({ length: count }, (_, index) =>
        index % 7 === 0 && digits > 3 ? 'null' : String(index % 10).repeat(digits),
      )
      const cuts = Array.from({ length: 6 }, () => {
        const from = random.below(count)
        return [from, from + 1 + random.below(count - from)] as const
      })
      return [[0, 1] as const, [0, count] as const, [count - 1, count] as const, ...cuts].map(([from, to]) => ({ values, from, to }))
    }),
  )
  const json = JSON.stringify(cases.map(({ values, from, to }) => [values.join(','), from, to]))
  const rows = await db.values<[string]>(
    sql`select ${sql.raw(cutText('(value ->> 0)', '(value ->> 1)', '(value ->> 2)'))} from json_each(${json}) order by key`,
  )
  for (const [index, { values, from, to }] of cases.entries())
    expect(rows[index]![0], `${values.length} values from ${from} to ${to}`).toBe(values.slice(from, to).join(','))
})
