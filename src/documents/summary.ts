import { bucketStarts } from '../rollups/time-zones.ts'
import { DAY_SECONDS, HOUR_SECONDS } from '../rollups/sums.ts'
import { parseOffsetPeriods } from '../rollups/sums.ts'

/** Sums as the database gives them; null where no reading has the figure. */
interface Sums {
  actual: number | null
  goal: number | null
  /** What was made according to the readings that have a goal. */
  compared: number | null
  readings: number
  goal_readings: number
}

/** A total as clients see it, over the half-open span `[from, to)` of Unix seconds; nulls where there is no reading. */
export interface Total extends Omit<Sums, 'compared'> {
  from: number | null
  to: number | null
  /** What was made less what was to be made, by the readings that have a goal: below 0 is behind. */
  gap: number | null
  attainment: number | null
}

const NOTHING: Sums = { actual: null, goal: null, compared: null, readings: 0, goal_readings: 0 }

const totalOf = (from: number | null, to: number | null, { actual, goal, compared, readings, goal_readings }: Sums): Total => {
  const known = compared !== null && goal !== null
  return {
    from,
    to,
    actual,
    goal,
    gap: known ? compared - goal : null,
    attainment: known && goal > 0 ? compared / goal : null,
    readings,
    goal_readings,
  }
}

/** Where a span begins that ends there and lasts so many seconds. */
const before = (end: number | null, seconds: number) => (end === null ? null : end - seconds)

const parseSums = (json: string): Sums => {
  const [actual, goal, compared, readings, goal_readings] = JSON.parse(json) as [
    number | null,
    number | null,
    number | null,
    number,
    number,
  ]
  return { actual, goal, compared, readings, goal_readings }
}

interface FiguresRow {
  id: number
  name: string | null
  latest_time: number | null
  latest_actual: number | null
  latest_goal: number | null
  day_actual: number | null
  day_goal: number | null
  day_compared: number | null
  day_readings: number | null
  day_goal_readings: number | null
}

/** A factory, its newest reading, and the 24 hours that this ends. */
const figuresOf = (row: FiguresRow) => {
  const end = row.latest_time === null ? null : row.latest_time + 1
  const day: Sums = {
    actual: row.day_actual,
    goal: row.day_goal,
    compared: row.day_compared,
    readings: row.day_readings ?? 0,
    goal_readings: row.day_goal_readings ?? 0,
  }
  return {
    id: row.id,
    name: row.name,
    latest: row.latest_time === null ? null : { time: row.latest_time, actual: row.latest_actual, goal: row.latest_goal },
    end,
    day,
    last_day: totalOf(before(end, DAY_SECONDS), end, day),
  }
}

interface SummaryRow extends FiguresRow {
  window_from: number | null
  window: string
  last_hour: string
  hours: string
  offsetPeriods: string
}

/** The hours from the first that has a reading to the last, those between them that have none too. */
const hoursOf = ({ hours, offsetPeriods }: SummaryRow): Total[] => {
  const found = (JSON.parse(hours) as [number, ...unknown[]][]).map(([start, ...sums]) => [start, parseSums(JSON.stringify(sums))] as const)
  const last = found.at(-1)?.[0]
  if (last === undefined) return []
  const sums = new Map(found)
  const totals: Total[] = []
  let start = found[0]![0]
  for (const next of bucketStarts(parseOffsetPeriods(offsetPeriods), 'hour', start + 1)) {
    totals.push(totalOf(start, next, sums.get(start) ?? NOTHING))
    if (start === last) break
    start = next
  }
  return totals
}

/** A factory summed up. */
export const renderSummary = (row: SummaryRow): string => {
  const { id, name, latest, end, last_day } = figuresOf(row)
  return JSON.stringify({
    id,
    name,
    latest,
    window: totalOf(row.window_from, end, parseSums(row.window)),
    last_hour: totalOf(before(end, HOUR_SECONDS), end, parseSums(row.last_hour)),
    last_day,
    hours: hoursOf(row),
  })
}

/** Null if both are, else what they make together. */
const plus = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a + b, Number.MAX_SAFE_INTEGER))

const add = (a: Sums, b: Sums): Sums => ({
  actual: plus(a.actual, b.actual),
  goal: plus(a.goal, b.goal),
  compared: plus(a.compared, b.compared),
  readings: a.readings + b.readings,
  goal_readings: a.goal_readings + b.goal_readings,
})

const byId = (a: { id: number }, b: { id: number }) => a.id - b.id
const attained = ({ last_day }: { last_day: Total }) => last_day.attainment ?? Infinity

/** The factories of an organisation summed up: furthest behind its goal first, then by id, last those without a goal. */
export const renderOrganisationSummary = (rows: (Omit<FiguresRow, 'id'> & { id: number | null; organisation: string })[]): string => {
  const all = rows.filter(({ id }) => id !== null).map((row) => figuresOf(row as FiguresRow))
  const ends = all.map(({ end }) => end).filter((end) => end !== null)
  const [first = null, last = null] = [ends.toSorted((a, b) => a - b)[0], ends.toSorted((a, b) => b - a)[0]]
  const sorted = all.toSorted((a, b) => (attained(a) === attained(b) ? byId(a, b) : attained(a) - attained(b)))
  return JSON.stringify({
    organisation: rows[0]!.organisation,
    factories: sorted.map(({ id, name, latest, last_day }) => ({ id, name, latest, last_day })),
    total: totalOf(before(first, DAY_SECONDS), last, all.map(({ day }) => day).reduce(add, NOTHING)),
  })
}
