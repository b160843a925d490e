import { bucketStarts } from '../rollups/time-zones.ts'
import { DAY_SECONDS, HOUR_SECONDS, parseOffsetPeriods } from '../rollups/sums.ts'
import type { Sums, SumName } from '../rollups/sums.ts'
import { mapFields, pickFigures, SUMMED_FIELDS } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'

/** A total of the API over `[from, to)` in Unix seconds; null without readings. */
export interface Total extends Omit<Sums, 'compared'> {
  from: number | null
  to: number | null
  /** Actual minus goal of the readings that have a goal: negative if production is behind. */
  gap: number | null
  attainment: number | null
}

const NO_READINGS: Sums = { ...mapFields(SUMMED_FIELDS, () => null), compared: null, readings: 0, goal_readings: 0 }

const toTotal = (from: number | null, to: number | null, sums: Sums): Total => {
  const { goal, compared, readings, goal_readings } = sums
  const isComparable = compared !== null && goal !== null
  return {
    from,
    to,
    ...mapFields(SUMMED_FIELDS, (name) => sums[name]),
    gap: isComparable ? compared - goal : null,
    attainment: isComparable && goal > 0 ? compared / goal : null,
    readings,
    goal_readings,
  }
}

/** Returns the start of a span from its end and length. */
const startOf = (end: number | null, seconds: number) => (end === null ? null : end - seconds)

type LatestAndDayRow = { id: number; name: string | null } & { [Name in `latest_${'time' | FieldName}` | `day_${SumName}`]: number | null }

/** Parses a factory, its newest reading, and the sums of the 24 hours that end with it. */
const parseLatestAndDay = (row: LatestAndDayRow) => {
  const end = row.latest_time === null ? null : row.latest_time + 1
  const day: Sums = {
    ...mapFields(SUMMED_FIELDS, (name) => row[`day_${name}`]),
    compared: row.day_compared,
    readings: row.day_readings ?? 0,
    goal_readings: row.day_goal_readings ?? 0,
  }
  return {
    id: row.id,
    name: row.name,
    latest: row.latest_time === null ? null : { time: row.latest_time, ...pickFigures((name) => row[`latest_${name}`]) },
    end,
    day,
    last_day: toTotal(startOf(end, DAY_SECONDS), end, day),
  }
}

type SummaryRow = LatestAndDayRow & {
  window_from: number | null
  window: string
  last_hour: string
  hours: string
  offsetPeriods: string
}

/** Returns the totals of all hours from the first to the last one with a reading, including hours without one. */
const hourlyTotals = ({ hours, offsetPeriods }: SummaryRow): Total[] => {
  const found = JSON.parse(hours) as ({ start: number } & Sums)[]
  const last = found.at(-1)?.start
  if (last === undefined) return []
  const sums = new Map(found.map((hour) => [hour.start, hour]))
  const totals: Total[] = []
  let { start } = found[0]!
  for (const next of bucketStarts(parseOffsetPeriods(offsetPeriods), 'hour', start + 1)) {
    totals.push(toTotal(start, next, sums.get(start) ?? NO_READINGS))
    if (start === last) break
    start = next
  }
  return totals
}

export const renderSummary = (row: SummaryRow): string => {
  const { id, name, latest, end, last_day } = parseLatestAndDay(row)
  return JSON.stringify({
    id,
    name,
    latest,
    window: toTotal(row.window_from, end, JSON.parse(row.window) as Sums),
    last_hour: toTotal(startOf(end, HOUR_SECONDS), end, JSON.parse(row.last_hour) as Sums),
    last_day,
    hours: hourlyTotals(row),
  })
}

/** Adds two sums. A null counts as no value; the result is null if both are. */
const addNullable = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a + b, Number.MAX_SAFE_INTEGER))

const addSums = (a: Sums, b: Sums): Sums => ({
  ...mapFields(SUMMED_FIELDS, (name) => addNullable(a[name], b[name])),
  compared: addNullable(a.compared, b.compared),
  readings: a.readings + b.readings,
  goal_readings: a.goal_readings + b.goal_readings,
})

const byId = (a: { id: number }, b: { id: number }) => a.id - b.id
const attainmentOf = ({ last_day }: { last_day: Total }) => last_day.attainment ?? Infinity

/** Renders the summary of an organisation. Factories are in order of attainment, lowest first, then id; without a goal last. */
export const renderOrganisationSummary = (rows: (Omit<LatestAndDayRow, 'id'> & { id: number | null; organisation: string })[]): string => {
  const all = rows.filter(({ id }) => id !== null).map((row) => parseLatestAndDay(row as LatestAndDayRow))
  const ends = all.map(({ end }) => end).filter((end) => end !== null)
  const [first = null, last = null] = [ends.toSorted((a, b) => a - b)[0], ends.toSorted((a, b) => b - a)[0]]
  const sorted = all.toSorted((a, b) => (attainmentOf(a) === attainmentOf(b) ? byId(a, b) : attainmentOf(a) - attainmentOf(b)))
  return JSON.stringify({
    organisation: rows[0]!.organisation,
    factories: sorted.map(({ id, name, latest, last_day }) => ({ id, name, latest, last_day })),
    total: toTotal(startOf(first, DAY_SECONDS), last, all.map(({ day }) => day).reduce(addSums, NO_READINGS)),
  })
}
