import { and, eq, sql } from 'drizzle-orm'
import { countAround, newestReading, newestTime, selectNewestTexts, selectSums } from '../chunks/select.ts'
import { sumsFrom, textsAround } from '../chunks/last-day.ts'
import type { Database } from '../db/client.ts'
import { factories, organisations } from '../db/schema.ts'
import { alignedFrom, offsetPeriodsJson } from '../local-time/offset-periods.ts'
import { DAY_SECONDS, HOUR_SECONDS, MAX_TIME } from '../local-time/time-zones.ts'
import { CHART_READINGS } from './chart-columns.ts'
import { idIn } from './factories.ts'
import { boundsOfLast, shiftAndStopColumns, shiftColumns } from './shifts.ts'

const seriesPk = sql`${factories.series_pk}`

const newest = newestTime(seriesPk)
/** The first times of the last hour and of the last day. */
const lastHour = sql`${newest} - ${HOUR_SECONDS - 1}`
const lastDay = sql`${newest} - ${DAY_SECONDS - 1}`

/** The columns of every summary: the factory, its newest reading, and the sums of its last day. */
const figures = {
  id: factories.id,
  name: factories.name,
  latest: newestReading(seriesPk).as('latest'),
  // The last day: whole chunks, and the chunk in which it begins.
  day: sumsFrom(seriesPk, lastDay).as('day_sums'),
  dayBegin: textsAround(seriesPk, lastDay).as('day_begin'),
}

/**
 * Selects the summary of a factory: none or one row. It reads the chunks of the newest readings and of the last hour, and the sums of
 * at most 26 chunks, or of 50 with a schedule, so its cost does not depend on the length of the series.
 */
export const selectSummary = (db: Database, organisationPk: number, id: number) =>
  db
    .select({
      ...figures,
      // The current shift. They read nothing without a schedule.
      ...shiftAndStopColumns(boundsOfLast(0)),
      // The window may begin before the last hour, or after it.
      texts: selectNewestTexts(seriesPk, sql`max(${CHART_READINGS}, ${countAround(seriesPk, lastHour)})`).as('texts'),
      sums: selectSums(seriesPk, { from: lastDay, to: MAX_TIME, limit: 26, order: 'newest' }, alignedFrom(sql`${factories.time_zone}`)).as(
        'sums',
      ),
      hourPeriods: offsetPeriodsJson(
        sql`${factories.time_zone}`,
        sql`${newest} - ${3 * DAY_SECONDS}`,
        sql`${newest} + ${2 * HOUR_SECONDS}`,
      ).as('hour_periods'),
    })
    .from(factories)
    .where(and(eq(factories.organisation_pk, organisationPk), eq(factories.id, id)))

/**
 * Selects the summaries of the factories of an organisation. It yields at least one row, with `id` null if there is no factory.
 * @param only ids of the factories that the reader may see; null for all
 */
export const selectOrganisationSummary = (db: Database, organisationPk: number, only: readonly number[] | null = null) =>
  db
    .select({ organisation: organisations.slug, ...figures, ...shiftColumns(boundsOfLast(0)) })
    .from(organisations)
    .leftJoin(factories, and(eq(factories.organisation_pk, organisations.pk), only ? idIn(only) : undefined))
    .where(eq(organisations.pk, organisationPk))
