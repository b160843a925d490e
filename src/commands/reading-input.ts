import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { readings } from '../db/schema.ts'

/** One reading as it was sent. An absent figure leaves what is there, null clears it. `time` in Unix seconds. */
export interface ReadingInput {
  time: number
  actual?: number | null | undefined
  goal?: number | null | undefined
}

/** A reading of a factory among several. */
export type FactoryReading = ReadingInput & { factory: number }

const ACTUAL = 1
const GOAL = 2

/** Time, which figures were sent, actual, goal. */
type PackedReading = [time: number, sent: number, actual: number | null, goal: number | null]

/**
 * Packs readings into one JSON parameter, because D1 takes 100 parameters at most: pairs of a factory and its readings. Of two
 * readings of one factory and time the last wins, figure by figure.
 */
export const encodeReadings = (given: (ReadingInput & { factory?: number })[]): string => {
  const factories = new Map<number, Map<number, PackedReading>>()
  for (const { factory = 0, time, actual, goal } of given) {
    const rows = factories.get(factory) ?? factories.set(factory, new Map()).get(factory)!
    const row = rows.get(time) ?? rows.set(time, [time, 0, null, null]).get(time)!
    if (actual !== undefined) [row[1], row[2]] = [row[1] | ACTUAL, actual]
    if (goal !== undefined) [row[1], row[3]] = [row[1] | GOAL, goal]
  }
  return JSON.stringify(Array.from(factories, ([factory, rows]) => [factory, [...rows.values()]]))
}

/** The readings of the pair `place`, as rows of JSON. */
export const readingsOfPlace = sql`json_each(place.value, '$[1]')`

/** The packed rows as a table of factory, time, sent, actual, goal. */
export const decodedRows = sqlTemplate<[packed: string]>(
  (packed) => sql`(select place.value ->> 0 as factory, given.value ->> 0 as time, given.value ->> 1 as sent,
  given.value ->> 2 as actual, given.value ->> 3 as goal from json_each(${packed}) as place cross join ${readingsOfPlace} as given)`,
)

/** Puts packed readings into an empty series. */
export const insertReadings = (db: Database, series: SQL, packed: string, when: SQL = sql`true`) =>
  db.insert(readings).select(sql`select ${series}, time, actual, goal from ${decodedRows(packed)} where ${when}`)

/**
 * What the packed readings would change, as a table of series, factory, time, the figures as they will be, the figures as
 * they were, whether the reading is new, and whether a figure is overwritten. A re-sent reading is not in it.
 * `cross join` fixes the order. SQLite would otherwise read every factory of the organisation, and all packed rows for each.
 */
export const changedReadings = sqlTemplate<[organisation: number, packed: string]>(
  (organisation, packed) => sql`(select * , not added and (
    (was_actual is not null and actual is not was_actual) or (was_goal is not null and goal is not was_goal)) as overwrites
  from (select held.series, held.id as factory, given.value ->> 0 as time,
    case when given.value ->> 1 & ${ACTUAL} then given.value ->> 2 else old.actual end as actual,
    case when given.value ->> 1 & ${GOAL} then given.value ->> 3 else old.goal end as goal,
    old.actual as was_actual, old.goal as was_goal, old.time is null as added
  from json_each(${packed}) as place
  cross join factories as held on held.organisation = ${organisation} and held.id = place.value ->> 0
  cross join ${readingsOfPlace} as given
  left join readings as old on old.series = held.series and old.time = given.value ->> 0)
  where added or actual is not was_actual or goal is not was_goal)`,
)
