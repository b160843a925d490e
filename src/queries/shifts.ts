import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { QUARTER_SECONDS } from '../chunks/chunk.ts'
import { newestTime } from '../chunks/select.ts'
import { selectStates } from '../chunks/select-states.ts'
import type { Database } from '../db/client.ts'
import { factories } from '../db/schema.ts'
import { offsetPeriodsJson } from '../local-time/offset-periods.ts'
import { DAY_SECONDS, HOUR_SECONDS, LONGEST_SECONDS } from '../local-time/time-zones.ts'
import { LIMITS } from '../schemas/limits.ts'
import { selectParts } from '../schedule/chunk-parts.ts'
import { idIn, isFactory } from './factories.ts'
import { annotatedSince, annotationsJson, OPEN_SECONDS } from './stop-annotations.ts'

const seriesPk = sql`${factories.series_pk}`
const timeZone = sql`${factories.time_zone}`
const newest = newestTime(seriesPk)

/** The longest shift, in seconds: 24 hours of local time on a date that lasted two days. */
export const LONGEST_SHIFT = LONGEST_SECONDS.day
/** The states are read from and to this many seconds around shifts, for those that adjoin. It is longer than any `stop_after_seconds`. */
const ADJOINING_SECONDS = DAY_SECONDS
/** The offset periods of shifts are read from and to this many seconds around them: adjoining shifts, the offset and a margin. */
const PERIOD_MARGIN = 5 * DAY_SECONDS + LONGEST_SHIFT

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

/** The data from which the stops of a factory are derived, without their reasons. */
export interface TimelineRow extends PlanRow {
  /** The states of the machine, for `parseStateSpans`. */
  states: string
  stopAfterSeconds: number | null
  idealPerHour: number | null
  /** JSON array of `SpanAnnotation`. */
  annotations: string
}

/** The data from which the stops of a factory are derived. */
export interface StopRow extends TimelineRow {
  /** The reasons of the organisation (`renderStopReasons`). */
  reasons: string | null
}

const periods = ({ from, to }: Bounds) => offsetPeriodsJson(timeZone, sql`${from} - ${PERIOD_MARGIN}`, sql`${to} + ${PERIOD_MARGIN}`)
/** Returns the columns of the stops of shifts that begin and end in a span, and of those in adjoining shifts. */
const timelineColumns = ({ from, to }: Bounds, read = (text: SQL<string>) => text) => {
  const around = { from: sql`${from} - ${ADJOINING_SECONDS}`, to: sql`${to} + ${ADJOINING_SECONDS}` }
  return {
    states: read(selectStates(seriesPk, { ...around, from: annotatedSince(around.from) })).as('states'),
    stopAfterSeconds: factories.stop_after_seconds,
    idealPerHour: factories.ideal_per_hour,
    annotations: read(annotationsJson(around)).as('annotations'),
  }
}
const reasons = sql<string | null>`(select stop_reasons from organisations where pk = ${factories.organisation_pk})`.as('reasons')
const ifPlanned = (text: SQL<string>) => sql<string>`case when ${factories.schedule} is null then '[]' else ${text} end`

/** Returns the columns of the production of shifts that begin and end in a span. Without a schedule they read nothing. */
export const shiftColumns = (bounds: Bounds) => ({
  schedule: factories.schedule,
  newest: newest.as('newest'),
  offsetPeriods: ifPlanned(periods(bounds)).as('shift_periods'),
  parts: ifPlanned(selectParts({ seriesPk, timeZone, schedule: factories.schedule, ...bounds })).as('parts'),
})

/** Returns the columns of shifts that begin and end in a span, with their stops. Without a schedule they read nothing. */
export const shiftAndStopColumns = (bounds: Bounds) => ({ ...shiftColumns(bounds), ...timelineColumns(bounds, ifPlanned), reasons })

/**
 * The rows of each hour of a range: the chunk, the offset of its hour and the states take 10. On a day with the most shifts, half of the
 * hours have a border within a quarter, and to cut the four texts of a long chunk takes 145.
 */
const ROWS_OF_HOUR = 90
/** The rows of the versions and the exceptions of a schedule, of which the shifts of the range are chosen. */
const ROWS_OF_SCHEDULE = 2 * (LIMITS.scheduleVersions + LIMITS.scheduleExceptions)
/** The rows of each hour that an open annotation before a span covers: whether there was production, the states, and their array. */
const ROWS_OF_OPEN_HOUR = 3
/** The rows of an open annotation before a span. */
export const OPEN_ROWS = (ROWS_OF_OPEN_HOUR * OPEN_SECONDS) / HOUR_SECONDS
/** Returns the maximum number of rows that the shifts of a span read. */
export const rowsOfShifts = (seconds: number): number => OPEN_ROWS + ROWS_OF_SCHEDULE + (ROWS_OF_HOUR * seconds) / HOUR_SECONDS

/** Returns the bounds of the shifts that have a part in the last seconds of a series. */
export const boundsOfLast = (seconds: number): Bounds => ({ from: sql`${newest} - ${seconds + LONGEST_SHIFT}`, to: sql`${newest} + 1` })

/** Returns the last seconds of the series of a row, up to its newest reading. */
export const spanOfLast = ({ newest: last }: { newest: number | null }, seconds: number): { from: number; to: number } => {
  const to = (last ?? 0) + 1
  return { from: to - seconds, to }
}

/** The span of stops without a range, in seconds up to the newest reading. */
export const LAST_STOPS_SECONDS = 7 * DAY_SECONDS

/** Returns the bounds of the shifts with stops of a range, or of the last ones. */
export const boundsOfStops = (range: { from: number; to: number } | undefined, lastSeconds = LAST_STOPS_SECONDS): Bounds =>
  range ? { from: range.from - LONGEST_SHIFT, to: range.to + LONGEST_SHIFT } : boundsOfLast(lastSeconds)

/** The rows of the days around a span, and of its annotations. */
const ROWS_AROUND = 1_000
/** Returns the maximum number of rows that the stops of a span read. */
export const rowsOfStops = (seconds: number): number => OPEN_ROWS + ROWS_AROUND + seconds / QUARTER_SECONDS

/** Selects the shifts of a factory that begin and end in a span, with their stops: none or one row. */
export const selectShifts = (db: Database, organisationPk: number, id: number, bounds: Bounds) =>
  db.select(shiftAndStopColumns(bounds)).from(factories).where(isFactory(organisationPk, id))

/** The planned time of a factory around a span. */
const planColumns = (bounds: Bounds) => ({
  schedule: factories.schedule,
  newest: newest.as('newest'),
  offsetPeriods: periods(bounds).as('shift_periods'),
})

/** Selects the shifts of a factory that begin and end in a span, or its days if it has no schedule: none or one row. */
export const selectPlannedTime = (db: Database, organisationPk: number, id: number, bounds: Bounds) =>
  db
    .select({
      ...planColumns(bounds),
      ...timelineColumns(bounds),
      reasons,
      parts: selectParts({ seriesPk, timeZone, schedule: factories.schedule, ...bounds }).as('parts'),
    })
    .from(factories)
    .where(isFactory(organisationPk, id))

/** The data of the stops in a span, without their reasons. */
const planAndTimelineColumns = (bounds: Bounds) => ({ ...planColumns(bounds), ...timelineColumns(bounds) })

/** Selects the data of the stops of a factory in a span: none or one row. */
export const selectStops = (db: Database, organisationPk: number, id: number, bounds: Bounds) =>
  db
    .select({ ...planAndTimelineColumns(bounds), reasons })
    .from(factories)
    .where(isFactory(organisationPk, id))

/**
 * Selects the data of the stops of the factories of an organisation in a span. `selectStopReasons` selects their reasons.
 * @param only ids of the factories; null for all
 */
export const selectOrganisationStops = (db: Database, organisationPk: number, only: readonly number[] | null, bounds: Bounds) =>
  db
    .select({ ...planAndTimelineColumns(bounds), id: factories.id })
    .from(factories)
    .where(and(eq(factories.organisation_pk, organisationPk), only ? idIn(only) : undefined))
