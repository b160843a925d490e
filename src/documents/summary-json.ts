import { keepNewest, parseReadings, parseSums, readingsIn, toRows, toSums } from '../chunks/parse.ts'
import type { Readings } from '../chunks/parse.ts'
import { addSums, noSums, computeSums } from '../chunks/sums.ts'
import type { Sums } from '../chunks/sums.ts'
import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import { findBucket, bucketStarts, DAY_SECONDS, HOUR_SECONDS } from '../local-time/time-zones.ts'
import type { ShiftRow, StopRow } from '../queries/shifts.ts'
import { LIMITS } from '../schemas/limits.ts'
import { findCurrentShift, findShiftAttainment } from './shift-json.ts'
import { toTotal } from './total.ts'
import type { Total } from './total.ts'

/** Returns the start of a span from its end and length. */
const startOf = (end: number | null, seconds: number) => (end === null ? null : end - seconds)

const sumsOfColumns = (readings: Readings): Sums => computeSums(toRows(readings))

interface FactoryRow {
  id: number
  name: string | null
  latest: string | null
  day: string
  dayBegin: string
}

/**
 * Parses a factory, its newest reading, and the sums of the 24 hours that end with it. Without a retained reading, all of them are empty,
 * although the newest chunk may still have sums.
 */
const parseFactory = (row: FactoryRow) => {
  const { id, name, latest: json, day: sums, dayBegin } = row
  const latest = json === null ? null : (JSON.parse(json) as { time: number })
  const newest = latest && latest.time
  const end = newest === null ? null : newest + 1
  const day =
    end === null
      ? noSums()
      : addSums(toSums(JSON.parse(sums) as (number | null)[]), sumsOfColumns(readingsIn(parseReadings(dayBegin), end - DAY_SECONDS, end)))
  return { id, name, latest, newest, end, day, last_day: toTotal(startOf(end, DAY_SECONDS), end, day) }
}

type SummaryRow = FactoryRow & ShiftRow & StopRow & { texts: string; sums: string; hourPeriods: string }

/**
 * Returns the totals of the hours from the first one that starts within the last day to the last one, including hours without a
 * reading.
 * @param from the first start of an hour that counts
 */
const hourlyTotals = ({ sums, hourPeriods }: SummaryRow, from: number): Total[] => {
  const periods = parseOffsetPeriods(hourPeriods)
  const hours = new Map<number, Sums>()
  for (const part of parseSums(sums)) {
    const start = findBucket(periods, 'hour', part.time)
    if (start >= from) hours.set(start, addSums(hours.get(start) ?? noSums(), part.sums))
  }
  const totals: Total[] = []
  const starts = [...hours.keys()]
  let start = starts[0]!
  const last = starts.at(-1)
  for (const next of bucketStarts(periods, 'hour', start + 1)) {
    totals.push(toTotal(start, next, hours.get(start) ?? noSums()))
    if (start === last) break
    start = next
  }
  return totals
}

export const renderSummary = (row: SummaryRow): string => {
  const { id, name, latest, newest, end, last_day } = parseFactory(row)
  const readings = parseReadings(row.texts)
  const window = keepNewest(readings, LIMITS.chartReadings)
  const hour = end === null ? window : readingsIn(readings, end - HOUR_SECONDS, end)
  return JSON.stringify({
    id,
    name,
    latest,
    window: toTotal(window.time[0] ?? null, end, sumsOfColumns(window)),
    last_hour: toTotal(startOf(end, HOUR_SECONDS), end, sumsOfColumns(hour)),
    last_day,
    hours: end === null ? [] : hourlyTotals(row, end - DAY_SECONDS),
    // Undefined without a schedule, so that it is not rendered.
    shift: row.schedule === null ? undefined : findCurrentShift({ ...row, newest }),
  })
}

const byId = (a: { id: number }, b: { id: number }) => a.id - b.id
const attainmentOf = ({ last_day }: { last_day: Total }) => last_day.attainment ?? Infinity

/** Renders the summary of an organisation. Factories are in order of attainment, lowest first, then id; without a goal last. */
export const renderOrganisationSummary = (
  rows: (Omit<FactoryRow & ShiftRow, 'id'> & { id: number | null; organisation: string })[],
): string => {
  const all = rows
    .filter(({ id }) => id !== null)
    .map((row) => {
      const factory = parseFactory(row as FactoryRow)
      return { ...factory, shift: row.schedule === null ? undefined : findShiftAttainment({ ...row, newest: factory.newest }) }
    })
  const ends = all.map(({ end }) => end).filter((end) => end !== null)
  const [first = null, last = null] = [ends.toSorted((a, b) => a - b)[0], ends.toSorted((a, b) => b - a)[0]]
  const sorted = all.toSorted((a, b) => (attainmentOf(a) === attainmentOf(b) ? byId(a, b) : attainmentOf(a) - attainmentOf(b)))
  return JSON.stringify({
    organisation: rows[0]!.organisation,
    factories: sorted.map(({ id, name, latest, last_day, shift }) => ({
      id,
      name,
      latest,
      last_day,
      shift,
    })),
    total: toTotal(startOf(first, DAY_SECONDS), last, all.map(({ day }) => day).reduce(addSums, noSums())),
  })
}
