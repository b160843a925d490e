import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { readings } from '../db/schema.ts'

/** A reading of a request. An absent figure keeps the stored one, null clears it. `time` is in Unix seconds. */
export interface ReadingInput {
  time: number
  actual?: number | null | undefined
  goal?: number | null | undefined
}

/** A reading of a request with readings of several factories. */
export type FactoryReading = ReadingInput & { factory: number }

const ACTUAL = 1
const GOAL = 2

/** An encoded reading: time, bits of the figures that were sent, actual, goal. */
type EncodedReading = [time: number, sent: number, actual: number | null, goal: number | null]

/**
 * Encodes readings as one JSON parameter, because D1 allows 100 parameters per statement. The JSON is a list of pairs of a factory
 * and its readings. Of several readings of one factory and time, the last value of each figure wins.
 */
export const encodeReadings = (inputs: (ReadingInput & { factory?: number })[]): string => {
  const factories = new Map<number, Map<number, EncodedReading>>()
  for (const { factory = 0, time, actual, goal } of inputs) {
    const rows = factories.get(factory) ?? factories.set(factory, new Map()).get(factory)!
    const row = rows.get(time) ?? rows.set(time, [time, 0, null, null]).get(time)!
    if (actual !== undefined) [row[1], row[2]] = [row[1] | ACTUAL, actual]
    if (goal !== undefined) [row[1], row[3]] = [row[1] | GOAL, goal]
  }
  return JSON.stringify(Array.from(factories, ([factory, rows]) => [factory, [...rows.values()]]))
}

/** The readings of the JSON pair `pair`, as a table. */
export const readingsOfPair = sql`json_each(pair.value, '$[1]')`

/** Decodes readings to a table of factory, time, sent, actual, goal. */
export const decodedRows = sqlTemplate<[encoded: string]>(
  (encoded) => sql`(select pair.value ->> 0 as factory, input.value ->> 0 as time, input.value ->> 1 as sent,
  input.value ->> 2 as actual, input.value ->> 3 as goal from json_each(${encoded}) as pair cross join ${readingsOfPair} as input)`,
)

/** Builds the statement that inserts encoded readings into an empty series. */
export const insertReadings = (db: Database, seriesPk: SQL, encoded: string, when: SQL = sql`true`) =>
  db.insert(readings).select(sql`select ${seriesPk}, time, actual, goal from ${decodedRows(encoded)} where ${when}`)

/**
 * Selects the changes of encoded readings as a table of series_pk, factory, time, the new figures, the old figures, whether the
 * reading is new (`added`), and whether a figure is overwritten. A reading that equals the stored one is not in it.
 * `cross join` fixes the join order. SQLite would otherwise read every factory of the organisation, and all readings for each.
 */
export const changedReadings = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`(select * , not added and (
    (old_actual is not null and actual is not old_actual) or (old_goal is not null and goal is not old_goal)) as overwrites
  from (select f.series_pk, f.id as factory, input.value ->> 0 as time,
    case when input.value ->> 1 & ${ACTUAL} then input.value ->> 2 else old.actual end as actual,
    case when input.value ->> 1 & ${GOAL} then input.value ->> 3 else old.goal end as goal,
    old.actual as old_actual, old.goal as old_goal, old.time is null as added
  from json_each(${encoded}) as pair
  cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = pair.value ->> 0
  cross join ${readingsOfPair} as input
  left join readings as old on old.series_pk = f.series_pk and old.time = input.value ->> 0)
  where added or actual is not old_actual or goal is not old_goal)`,
)
