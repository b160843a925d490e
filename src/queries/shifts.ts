import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { newestTime } from '../chunks/select.ts'
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
/** The offset periods of a shift are read from and to this many seconds around it: its length, the offset and a margin. */
const PERIOD_MARGIN = 5 * DAY_SECONDS

/** The data from which shifts are rendered. */
export interface ShiftRow {
  schedule: string | null
  /** Time of the newest reading. */
  newest: number | null
  offsetPeriods: string
  /** The sums of the series, for `parseParts`. */
  parts: string
}

/** Returns the columns of shifts that begin and end in a span. Without a schedule they read nothing. */
export const shiftColumns = ({ from, to }: { from: SQL | number; to: SQL | number }) => {
  const ifPlanned = (text: SQL<string>) => sql<string>`case when ${factories.schedule} is null then '[]' else ${text} end`
  return {
    schedule: factories.schedule,
    newest: newest.as('newest'),
    offsetPeriods: ifPlanned(offsetPeriodsJson(timeZone, sql`${from} - ${PERIOD_MARGIN}`, sql`${to} + ${PERIOD_MARGIN}`)).as(
      'shift_periods',
    ),
    parts: ifPlanned(selectParts({ seriesPk, timeZone, schedule: factories.schedule, from, to })).as('parts'),
  }
}

/** Returns the columns of the shifts that have a part in the last seconds of a series. */
export const lastShiftColumns = (seconds: number) =>
  shiftColumns({ from: sql`${newest} - ${seconds + LONGEST_SHIFT}`, to: sql`${newest} + 1` })

/** Selects the shifts of a factory that begin and end in a span: none or one row. */
export const selectShifts = (db: Database, organisationPk: number, id: number, columns: ReturnType<typeof shiftColumns>) =>
  db.select(columns).from(factories).where(isFactory(organisationPk, id))
