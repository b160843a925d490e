import { and, eq, gte, lt, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { figureAtTime, oldestTime, readingAtTime } from '../chunks/select.ts'
import { factories, organisations, series } from '../db/schema.ts'
import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import { chartTexts, latestJson } from './chart-columns.ts'
import { nextId } from './pages.ts'
import { literal } from '../db/literal.ts'

/** Number of ids per list page. A page is a block of ids, so the page of a factory follows from its id. */
export const FACTORIES_PAGE = 20

/** Returns the condition that a row of `factories` is this factory. */
export const isFactory = (organisationPk: number, id: number | SQL) =>
  and(eq(factories.organisation_pk, organisationPk), eq(factories.id, id))

const profileColumns = {
  id: factories.id,
  name: factories.name,
  time_zone: factories.time_zone,
  ideal_per_hour: factories.ideal_per_hour,
  stop_after_seconds: factories.stop_after_seconds,
}

/** Selects the profile of a factory: none or one row. */
export const selectProfile = (db: Database, organisationPk: number, id: number | SQL) =>
  db.select(profileColumns).from(factories).where(isFactory(organisationPk, id))

const factoryColumns = {
  ...profileColumns,
  latest: latestJson.as('latest'),
  texts: chartTexts.as('texts'),
}

/** Selects a factory with its newest reading and its chart: none or one row. */
export const selectFactory = (db: Database, organisationPk: number, id: number | SQL) =>
  db.select(factoryColumns).from(factories).where(isFactory(organisationPk, id))

/** Selects the chart of a factory, and the time of its oldest reading: none or one row. */
export const selectChart = (db: Database, organisationPk: number, id: number | SQL) =>
  db
    .select({ texts: chartTexts.as('texts'), oldest: oldestTime.as('oldest') })
    .from(factories)
    .innerJoin(series, eq(series.pk, factories.series_pk))
    .where(isFactory(organisationPk, id))

/**
 * Selects a reading: none or one row.
 * @param added SQL for the column `added`: 1 if the write of this transaction has created the reading
 */
export const selectReading = (db: Database, organisationPk: number, id: number, time: number, added: SQL<number> = sql<number>`0`) =>
  db
    .select({
      time: sql<number>`${time}`.as('time'),
      ...mapFields(FIELD_NAMES, (name) => sql<number | null>`${sql.raw(figureAtTime(name))}`.as(name)),
      added: added.as('added'),
    })
    .from(factories)
    .innerJoin(readingAtTime(sql`(select series_pk from factories where ${isFactory(organisationPk, id)})`, time), sql`true`)
    .where(isFactory(organisationPk, id))

/** The query of a list page: the block of ids that begins at `from`, or with `limit` that number of factories from `from` on. */
export interface FactoryPage {
  from: number
  limit?: number
  chartData: boolean
  /** Ids of the factories that the reader may see; null for all. It needs a limit. */
  only?: readonly number[] | null
}

/** Returns the condition that the column `id` is one of the ids, as one parameter. */
export const idIn = (ids: readonly number[]) => sql`id in (select value from json_each(${JSON.stringify(ids)}))`

/** Selects a page of factories in order of id. It yields at least one row, with `id` null if the page is empty. */
export const selectFactoryPage = (db: Database, organisationPk: number, { from, limit, chartData, only }: FactoryPage) => {
  const isVisible = only ? idIn(only) : undefined
  return db
    .select({
      count: (isVisible
        ? sql<number>`(select count(*) from factories where organisation_pk = ${organisationPk} and ${isVisible})`
        : sql<number>`factory_count`
      ).as('count'),
      next: nextId('factories', organisationPk, from, { size: FACTORIES_PAGE, limit, only: isVisible }).as('next_id'),
      ...profileColumns,
      latest: latestJson.as('latest'),
      texts: (chartData ? chartTexts : sql<string>`null`).as('texts'),
    })
    .from(organisations)
    .leftJoin(
      factories,
      and(
        eq(factories.organisation_pk, organisations.pk),
        gte(factories.id, from),
        limit === undefined ? lt(factories.id, from + FACTORIES_PAGE) : undefined,
        isVisible,
      ),
    )
    .where(eq(organisations.pk, organisationPk))
    .orderBy(factories.id)
    .limit(literal(limit ?? FACTORIES_PAGE))
}

/** Returns SQL for the newest reading of each factory as JSON text. A factory without readings is left out. */
export const latestOfEach = (organisationPk: number, ids: readonly number[]) =>
  sql<string>`(select json_group_array(json_insert(json(latest), '$.factory', id)) from (
    select id, ${latestJson} as latest from factories where organisation_pk = ${organisationPk} and ${idIn(ids)} order by id) where latest is not null)`

/** Counts the factories of an organisation. */
export const countFactories = async (db: Database, organisationPk: number): Promise<number> => {
  const [row] = await db.select({ count: organisations.factory_count }).from(organisations).where(eq(organisations.pk, organisationPk))
  return row?.count ?? 0
}

/** Selects those of the ids that are factories of the organisation. */
export const selectExistingIds = (db: Database, organisationPk: number, ids: readonly number[]) =>
  db
    .select({ id: factories.id })
    .from(factories)
    .where(sql`organisation_pk = ${organisationPk} and ${idIn(ids)}`)
