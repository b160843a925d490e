import { sql } from 'drizzle-orm'
import { newestTime } from '../chunks/select.ts'
import type { Database } from '../db/client.ts'
import { factories } from '../db/schema.ts'
import { DAY_SECONDS, MAX_TIME, MIN_TIME } from '../local-time/time-zones.ts'
import { LIMITS } from '../schemas/limits.ts'
import { isFactory } from './factories.ts'
import { LONGEST_SHIFT, shiftColumns } from './shifts.ts'
import type { ShiftRow } from './shifts.ts'

/** Maximum length of the span that a page of shifts reads, in seconds. */
export const PAGE_SECONDS = LIMITS.shiftChartDays * DAY_SECONDS

/** The requested bounds of shifts. With `from`, a page begins with the oldest shift, else it ends with the newest. */
export interface ShiftRange {
  from: number | undefined
  to: number | undefined
}

/** A page of shifts: those that start in `[from, to)`. The bounds are null without readings. */
export interface ShiftRangeRow extends ShiftRow {
  from: number | null
  to: number | null
  /** Time of the first reading, or the start of its hour if retention has removed it. */
  first: number | null
}

// Drizzle qualifies only a column that is a part of nested SQL.
const seriesPk = sql`${factories.series_pk}`
const newest = newestTime(seriesPk)
const first = sql<number | null>`(select start + coalesce(cast(times as integer), 0) from chunks
  where series_pk = ${seriesPk} order by start limit 1)`

/** Returns the span of a page, with which the series ends or begins if the range is longer than both. */
const pageOf = ({ from, to = MAX_TIME }: ShiftRange) => {
  const end = sql`min(${to}, ${newest} + 1)`
  if (from === undefined) return { from: sql<number | null>`max(${MIN_TIME}, ${end} - ${PAGE_SECONDS})`, to: sql<number | null>`${end}` }
  const start = sql`max(${from}, ${first} - ${LONGEST_SHIFT})`
  return { from: sql<number | null>`${start}`, to: sql<number | null>`min(${end}, ${start} + ${PAGE_SECONDS})` }
}

/** Selects a page of the shifts of a factory with their production: none or one row. Without a schedule it reads no chunk of the page. */
export const selectShiftRange = (db: Database, organisationPk: number, id: number, range: ShiftRange) => {
  const { from, to } = pageOf(range)
  return db
    .select({
      from: from.as('page_from'),
      to: to.as('page_to'),
      first: first.as('first'),
      ...shiftColumns({ from, to: sql`${to} + ${LONGEST_SHIFT}` }),
    })
    .from(factories)
    .where(isFactory(organisationPk, id))
}
