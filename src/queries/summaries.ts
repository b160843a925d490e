import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { factories, organisations, series } from '../db/schema.ts'
import { CHART_READINGS } from './chart-columns.ts'
import { idIn } from './factories.ts'
import { newestReadings } from '../rollups/newest-reading.ts'
import { LATEST_AND_DAY } from '../rollups/latest-and-day.ts'
import type { LatestAndDayColumn } from '../rollups/latest-and-day.ts'
import { DAY_SECONDS, HOUR_SECONDS, offsetPeriodsJson, sumMembers, sumsOfReadings } from '../rollups/sums.ts'
import { SUMMED_FIELDS } from '../schemas/reading-fields.ts'

/** The columns of every summary: the factory, its newest reading, and the sums of its last day. */
const figures = {
  id: factories.id,
  name: factories.name,
  ...(Object.fromEntries(LATEST_AND_DAY.map((name) => [name, series[name]])) as Pick<typeof series, LatestAndDayColumn>),
}

const sumsJson = sql`json_object(${sumMembers})`

/**
 * Selects the summary of a factory: none or one row. It sums the newest readings and the readings of the last hour, and reads the
 * sums of at most 25 hours, so its cost does not depend on the length of the series.
 */
export const selectSummary = (db: Database, organisationPk: number, id: number) =>
  db
    .select({
      ...figures,
      window_from: sql<number | null>`(select min(time) from ${newestReadings(series.pk, sql`time`, CHART_READINGS)})`.as('window_from'),
      window: sql<string>`(select ${sumsJson} from (select ${sumsOfReadings} from
        ${newestReadings(series.pk, sql.raw(SUMMED_FIELDS.join(', ')), CHART_READINGS)} as r))`.as('window_sums'),
      last_hour: sql<string>`(select ${sumsJson} from (select ${sumsOfReadings} from readings as r
        where r.series_pk = ${series.pk} and r.time > ${series.latest_time} - ${HOUR_SECONDS}))`.as('last_hour'),
      hours: sql<string>`(select json_group_array(json_object('start', start, ${sumMembers}) order by start)
        from hourly_rollups where hourly_rollups.rollup_pk = ${series.rollup_pk} and start > ${series.latest_time} - ${DAY_SECONDS})`.as(
        'hour_sums',
      ),
      offsetPeriods: offsetPeriodsJson(sql`${series.latest_time} - ${DAY_SECONDS}`, sql`${series.latest_time} + ${2 * HOUR_SECONDS}`).as(
        'offset_periods',
      ),
    })
    .from(factories)
    .innerJoin(series, eq(series.pk, factories.series_pk))
    .where(and(eq(factories.organisation_pk, organisationPk), eq(factories.id, id)))

/**
 * Selects the summaries of the factories of an organisation. It yields at least one row, with `id` null if there is no factory.
 * @param only ids of the factories that the reader may see; null for all
 */
export const selectOrganisationSummary = (db: Database, organisationPk: number, only: readonly number[] | null = null) =>
  db
    .select({ organisation: organisations.slug, ...figures })
    .from(organisations)
    .leftJoin(factories, and(eq(factories.organisation_pk, organisations.pk), only ? idIn(only) : undefined))
    .leftJoin(series, eq(series.pk, factories.series_pk))
    .where(eq(organisations.pk, organisationPk))
