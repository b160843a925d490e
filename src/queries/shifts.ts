import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { newestTime } from '../chunks/select.ts'
import { selectStates } from '../chunks/select-states.ts'
import type { Database } from '../db/client.ts'
import { factories } from '../db/schema.ts'
import { offsetPeriodsJson } from '../local-time/offset-periods.ts'
import { DAY_SECONDS, LONGEST_SECONDS } from '../local-time/time-zones.ts'
import { selectParts } from '../schedule/chunk-parts.ts'
import { isFactory } from './factories.ts'

const seriesPk = sql`${factories.series_pk}`
const timeZone = sql`${factories.time_zone}`
const newest = newestTime(seriesPk)

/** The longest shift, in seconds: 24 hours of local time on a date that lasted two days. */
export const LONGEST_SHIFT = LONGEST_SECONDS.day
/** Time before and after a span whose shifts count as adjoining. It is longer than any `stop_after_seconds`. */
export const ADJOINING_SECONDS = DAY_SECONDS
/** The offset periods of shifts are read from and to this many seconds around them: adjoining shifts, the offset and a margin. */
const PERIOD_MARGIN = 5 * DAY_SECONDS + ADJOINING_SECONDS

/** A half-open span of time. */
interface Bounds {
  from: SQL | number
  to: SQL | number
}

/** The data from which the planned time of a factory is found. */
interface PlanRow {
  schedule: string | null
  /** Time of the newest reading. */
  newest: number | null
  offsetPeriods: string
}

/** The data from which the production of shifts is rendered. */
export interface ShiftRow extends PlanRow {
  /** The sums of the series, for `parseParts`. */
  parts: string
}

/** The data from which stops are derived. */
export interface StopRow extends PlanRow {
  /** The states of the machine, for `parseStateSpans`. */
  states: string
  stopAfterSeconds: number | null
}

const periods = ({ from, to }: Bounds) => offsetPeriodsJson(timeZone, sql`${from} - ${PERIOD_MARGIN}`, sql`${to} + ${PERIOD_MARGIN}`)
const states = ({ from, to }: Bounds) =>
  selectStates(seriesPk, { from: sql`${from} - ${ADJOINING_SECONDS}`, to: sql`${to} + ${ADJOINING_SECONDS}` })
const ifPlanned = (text: SQL<string>) => sql<string>`case when ${factories.schedule} is null then '[]' else ${text} end`

/** Returns the columns of the production of shifts that begin and end in a span. Without a schedule they read nothing. */
export const shiftColumns = (bounds: Bounds) => ({
  schedule: factories.schedule,
  newest: newest.as('newest'),
  offsetPeriods: ifPlanned(periods(bounds)).as('shift_periods'),
  parts: ifPlanned(selectParts({ seriesPk, timeZone, schedule: factories.schedule, ...bounds })).as('parts'),
})

/** Returns the columns of shifts that begin and end in a span, with their stops. Without a schedule they read nothing. */
export const shiftAndStopColumns = (bounds: Bounds) => ({
  ...shiftColumns(bounds),
  states: ifPlanned(states(bounds)).as('states'),
  stopAfterSeconds: factories.stop_after_seconds,
})

/** Returns the bounds of the shifts that have a part in the last seconds of a series. */
export const boundsOfLast = (seconds: number): Bounds => ({ from: sql`${newest} - ${seconds + LONGEST_SHIFT}`, to: sql`${newest} + 1` })

/** Selects the shifts of a factory that begin and end in a span, with their stops: none or one row. */
export const selectShifts = (db: Database, organisationPk: number, id: number, bounds: Bounds) =>
  db.select(shiftAndStopColumns(bounds)).from(factories).where(isFactory(organisationPk, id))

/** Selects the data of the stops of a factory in a span: none or one row. */
export const selectStops = (db: Database, organisationPk: number, id: number, bounds: Bounds) =>
  db
    .select({
      schedule: factories.schedule,
      newest: newest.as('newest'),
      offsetPeriods: periods(bounds).as('shift_periods'),
      states: states(bounds).as('states'),
      stopAfterSeconds: factories.stop_after_seconds,
    })
    .from(factories)
    .where(isFactory(organisationPk, id))
