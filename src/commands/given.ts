import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { phrase } from '../db/phrase.ts'
import { readings } from '../db/tables.ts'

/** One reading as it was sent. An absent figure leaves what is there, null clears it. `time` in Unix seconds. */
export interface Reading {
  time: number
  actual?: number | null | undefined
  goal?: number | null | undefined
}

/** A reading of a factory among several. */
export type FactoryReading = Reading & { factory: number }

const ACTUAL = 1
const GOAL = 2

/**
 * Readings as one JSON parameter, for D1 takes 100 parameters and no more: rows of factory, time, which figures were sent,
 * actual, goal. Of readings of one factory and time the last wins, figure by figure.
 */
export const packReadings = (given: (Reading & { factory?: number })[]): string => {
  const rows = new Map<string, [number, number, number, number | null, number | null]>()
  for (const { factory = 0, time, actual, goal } of given) {
    const name = `${factory} ${time}`
    const row = rows.get(name) ?? rows.set(name, [factory, time, 0, null, null]).get(name)!
    if (actual !== undefined) [row[2], row[3]] = [row[2] | ACTUAL, actual]
    if (goal !== undefined) [row[2], row[4]] = [row[2] | GOAL, goal]
  }
  return JSON.stringify([...rows.values()])
}

/** The packed rows as a table of factory, time, sent, actual, goal. */
export const givenRows = phrase<[packed: string]>(
  (packed) => sql`(select value ->> 0 as factory, value ->> 1 as time, value ->> 2 as sent, value ->> 3 as actual,
  value ->> 4 as goal from json_each(${packed}))`,
)

/** Puts packed readings into an empty series. */
export const insertGiven = (db: Database, series: SQL, packed: string, when: SQL = sql`true`) =>
  db.insert(readings).select(sql`select ${series}, time, actual, goal from ${givenRows(packed)} where ${when}`)

/**
 * What the packed readings would change, as a table of series, factory, time, the figures as they will be, the figures as
 * they were, whether the reading is new, and whether a figure is overwritten. A re-sent reading is not in it.
 * `cross join` fixes the order. SQLite would otherwise read every factory of the organisation, and all packed rows for each.
 */
export const differing = phrase<[organisation: number, packed: string]>(
  (organisation, packed) => sql`(select * , not added and (
    (was_actual is not null and actual is not was_actual) or (was_goal is not null and goal is not was_goal)) as overwrites
  from (select held.series, given.factory, given.time,
    case when given.sent & ${ACTUAL} then given.actual else old.actual end as actual,
    case when given.sent & ${GOAL} then given.goal else old.goal end as goal,
    old.actual as was_actual, old.goal as was_goal, old.time is null as added
  from ${givenRows(packed)} as given
  cross join factories as held on held.organisation = ${organisation} and held.id = given.factory
  left join readings as old on old.series = held.series and old.time = given.time)
  where added or actual is not was_actual or goal is not was_goal)`,
)
