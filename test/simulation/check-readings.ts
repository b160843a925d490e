import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import type { Stored } from '../support/series-model.ts'
import { bucketSums, totalOf } from '../support/summary-model.ts'
import type { Oracle } from './oracle.ts'
import type { ReadingsModel } from './readings-model.ts'

const [QUARTER, HOUR, DAY] = [900, 3_600, 86_400]

/** Returns a function that finds the start of the bucket of a time. All factories of a run are in UTC. */
const startOf = (seconds: number) => (time: number) => Math.floor(time / seconds) * seconds

const NO_SCRAP = { scrap: null, inspected: null }
const NO_SUMS = { ...NO_SCRAP, actual: null, goal: null, compared: null, readings: 0, goal_readings: 0 }

/** Returns the sums of each bucket from the first to the last one with readings. */
const allBuckets = (readings: Stored[], seconds: number) => {
  const sums = bucketSums(readings, startOf(seconds))
  const [first, last] = [sums[0]?.start ?? 0, sums.at(-1)?.start ?? -1]
  const starts = Array.from({ length: Math.floor((last - first) / seconds) + 1 }, (_, index) => first + index * seconds)
  return starts.map((start) => sums.find((sum) => sum.start === start) ?? { start, ...NO_SUMS })
}

const [STOPPED, RUNNING, SILENT] = [0, 1, 2]

/** Returns the column `states` of a chunk: the changes of state, without a stop of less than a minute between two times of production. */
const statesOfHour = (start: number, readings: Stored[]): string => {
  const known = readings.filter(({ actual }) => actual !== null)
  if (known.length === 0) return '[0]'
  const changes: [time: number, state: number][] = []
  for (const [index, { time, actual }] of known.entries()) {
    const last = known[index - 1]?.time ?? time
    if (time - last >= QUARTER) changes.push([last - start, SILENT])
    const state = actual === 0 ? STOPPED : RUNNING
    const [previous, current] = [changes.at(-2), changes.at(-1)]
    if (state === current?.[1]) continue
    const isShort = state === RUNNING && current?.[1] === STOPPED && previous?.[1] === RUNNING && time - start - current[0] < 60
    if (isShort) changes.pop()
    else changes.push([time - start, state])
  }
  return JSON.stringify([known.length, ...changes.flat(), known.at(-1)!.time - start])
}

/** Returns the row of `chunks` with these readings. */
const chunkOf = (start: number, readings: Stored[]) => {
  const join = (value: (reading: Stored) => number | null) => readings.map((reading) => String(value(reading))).join(',')
  const sums = bucketSums(readings, startOf(QUARTER))
  const quarters = [0, 1, 2, 3].flatMap((quarter) => {
    const { start: _, ...found }: { start: number } & Record<string, number | null> = sums.find(
      (sum) => sum.start === start + quarter * QUARTER,
    ) ?? { start, ...NO_SUMS }
    return Object.entries({ ...NO_SCRAP, ...found }).map(([name, sum]) => [`${name}_${quarter}`, sum] as const)
  })
  const text = (name: 'actual' | 'goal' | 'scrap') =>
    readings.some((reading) => reading[name] != null) ? join((reading) => reading[name] ?? null) : null
  const texts = { times: join(({ time }) => time - start), actual: text('actual'), goal: text('goal'), scrap: text('scrap') }
  return { start, last: readings.at(-1)!.time, ...texts, ...Object.fromEntries(quarters), states: statesOfHour(start, readings) }
}

/** Returns the rows of `chunks` with these readings. */
export const chunksOf = (readings: Stored[]) =>
  [...Map.groupBy(readings, ({ time }) => startOf(HOUR)(time))].map(([start, ofHour]) => chunkOf(start, ofHour))

/** Returns the rows of `daily_sums` for these readings: every day before the newest one. */
export const daysOf = (readings: Stored[], dayOf: (time: number) => number) =>
  bucketSums(readings, dayOf)
    .slice(0, -1)
    .map((sums) => ({ ...NO_SCRAP, ...sums }))

/** Returns a function that reads the chunks and the days of a factory of organisation 1. */
export const createStorageReader = (primary: DatabaseSync) => {
  const select = (table: string) =>
    primary.prepare(
      `select * from ${table} where series_pk = (select series_pk from factories where organisation_pk = 1 and id = ?) order by start`,
    )
  const [chunks, days] = [select('chunks'), select('daily_sums')]
  const rowsOf = (table: StatementSync, factory: number) => table.all(factory).map(({ series_pk: _, ...row }) => row)
  return (factory: number) => ({ chunks: rowsOf(chunks, factory), days: rowsOf(days, factory) })
}

/** Creates a function that compares the stored readings and sums of factories with a model, and returns the violations. */
export const createStorageCheck = (primary: DatabaseSync, model: ReadingsModel, factories: number) => {
  const readStored = createStorageReader(primary)
  const violationsOf = (factory: number): string[] => {
    const readings = model.readings(factory)
    const { chunks, days } = readStored(factory)
    return [
      ...(isDeepStrictEqual(chunks, chunksOf(readings)) ? [] : [`the chunks of factory ${factory} differ from its readings`]),
      ...(isDeepStrictEqual(days, daysOf(readings, startOf(DAY))) ? [] : [`the days of factory ${factory} differ from its readings`]),
    ]
  }
  return (): string[] => Array.from({ length: factories }, (_, factory) => violationsOf(factory)).flat()
}

const columnsOf = (readings: Pick<Stored, 'time' | 'actual' | 'goal'>[]) => ({
  sprocket_production_actual: readings.map(({ actual }) => actual),
  sprocket_production_goal: readings.map(({ goal }) => goal),
  time: readings.map(({ time }) => time),
})

/** Returns the sums of hours or days as the API renders them. */
const bucketColumns = (readings: Stored[], seconds: number) => {
  const sums = allBuckets(readings, seconds)
  return {
    ...columnsOf(sums.map((sum) => ({ ...sum, time: sum.start }))),
    readings: sums.map((sum) => sum.readings),
    goal_readings: sums.map((sum) => sum.goal_readings),
  }
}

/** Returns the totals of a summary as the API renders them. */
const totalsOf = (readings: Stored[]) => {
  const end = readings.length ? readings.at(-1)!.time + 1 : null
  const since = (from: number) => readings.filter(({ time }) => time >= from)
  const last = (seconds: number) => (end === null ? totalOf(null, null, []) : totalOf(end - seconds, end, since(end - seconds)))
  const shown = end === null ? [] : since(Math.ceil((end - DAY) / HOUR) * HOUR)
  return {
    window: totalOf(readings[0]?.time ?? null, end, readings),
    last_hour: last(HOUR),
    last_day: last(DAY),
    hours: allBuckets(shown, HOUR).map(({ start }) =>
      totalOf(
        start,
        start + HOUR,
        shown.filter(({ time }) => startOf(HOUR)(time) === start),
      ),
    ),
  }
}

/**
 * Compares the documents with readings and sums of a factory with a model, and returns the violations. All readings of a run lie within
 * a week and are fewer than a chart shows.
 */
export const checkDocuments = (oracle: Oracle, model: ReadingsModel, factory: number): string[] => {
  const readings = model.readings(factory)
  const expected: Record<string, object> = {
    'chart-data': columnsOf(readings),
    'chart-data?last=week': bucketColumns(readings, HOUR),
    'chart-data?last=year': bucketColumns(readings, DAY),
    summary: totalsOf(readings),
  }
  return Object.entries(expected).flatMap(([name, members]) => {
    const path = `/api/factory/${factory}/${name}`
    const document = JSON.parse(oracle.fresh(`1${path}`)!) as Record<string, unknown>
    const isSame = Object.entries(members).every(([member, value]) => isDeepStrictEqual(document[member], value))
    return isSame ? [] : [`${path} differs from the readings of the factory`]
  })
}
