import { and, eq, gte, lt, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { factories, organisations, readings, series } from '../db/schema.ts'
import { chartJson, columnJson, latestJson, oldestTime } from './chart-columns.ts'
import { nextId } from './pages.ts'

/** Factories to a page of the list. A page is a block of ids, so which page a factory is on follows from its id. */
export const FACTORIES_PAGE = 20

const isFactory = (organisation: number, id: number | SQL) => and(eq(factories.organisation, organisation), eq(factories.id, id))

/** Profile of a factory: none or one row. */
export const selectProfile = (db: Database, organisation: number, id: number | SQL) =>
  db
    .select({ id: factories.id, name: factories.name, time_zone: factories.time_zone, revision: factories.revision })
    .from(factories)
    .where(isFactory(organisation, id))

const whole = {
  id: factories.id,
  name: factories.name,
  time_zone: factories.time_zone,
  latest: latestJson.as('latest'),
  chart: chartJson.as('chart'),
}

/** A factory with its newest reading and its chart: none or one row. */
export const selectFactory = (db: Database, organisation: number, id: number | SQL) =>
  db.select(whole).from(factories).where(isFactory(organisation, id))

/** The same with the revisions of the factory and of its series. */
export const selectFactoryRevised = (db: Database, organisation: number, id: number) =>
  db
    .select({ ...whole, revision: factories.revision, series_revision: sql<number>`${series.revision}`.as('series_revision') })
    .from(factories)
    .innerJoin(series, eq(series.number, factories.series))
    .where(isFactory(organisation, id))

/** The chart of a factory, the time of its oldest reading, and the revision of its series: none or one row. */
export const selectChart = (db: Database, organisation: number, id: number | SQL) =>
  db
    .select({ chart: chartJson.as('chart'), oldest: oldestTime.as('oldest'), revision: series.revision })
    .from(factories)
    .innerJoin(series, eq(series.number, factories.series))
    .where(isFactory(organisation, id))

/** One column of the chart: none or one row. */
export const selectColumn = (db: Database, organisation: number, id: number, column: 'actual' | 'goal' | 'time') =>
  db
    .select({ values: columnJson(column).as('column_values') })
    .from(factories)
    .where(isFactory(organisation, id))

/**
 * One reading with the revision of its series: none or one row.
 * @param added what to say of whether the reading is new, for a write's answer
 */
export const selectReading = (db: Database, organisation: number, id: number, time: number, added: SQL<number> = sql<number>`0`) =>
  db
    .select({ time: readings.time, actual: readings.actual, goal: readings.goal, revision: series.revision, added: added.as('added') })
    .from(factories)
    .innerJoin(series, eq(series.number, factories.series))
    .innerJoin(readings, and(eq(readings.series, factories.series), eq(readings.time, time)))
    .where(isFactory(organisation, id))

/** What a page of the list asks for: the block of ids that begins at `from`, or with `limit` so many factories from there. */
export interface FactoryPage {
  from: number
  limit?: number
  chartData: boolean
  /** Ids of the factories that the reader may see, where not all; needs a limit. */
  only?: readonly number[] | null
}

export const idIn = (ids: readonly number[]) => sql`id in (select value from json_each(${JSON.stringify(ids)}))`

/** A page of factories in order of id, at least one row: `id` is null where the page is empty. */
export const selectFactoryPage = (db: Database, organisation: number, { from, limit, chartData, only }: FactoryPage) => {
  const seen = only ? idIn(only) : undefined
  return db
    .select({
      count: (seen
        ? sql<number>`(select count(*) from factories where organisation = ${organisation} and ${seen})`
        : sql<number>`factory_count`
      ).as('count'),
      next: nextId('factories', organisation, from, { size: FACTORIES_PAGE, limit, only: seen }).as('next_id'),
      id: factories.id,
      name: factories.name,
      time_zone: factories.time_zone,
      latest: latestJson.as('latest'),
      chart: (chartData ? chartJson : sql<string>`null`).as('chart'),
    })
    .from(organisations)
    .leftJoin(
      factories,
      and(
        eq(factories.organisation, organisations.number),
        gte(factories.id, from),
        limit === undefined ? lt(factories.id, from + FACTORIES_PAGE) : undefined,
        seen,
      ),
    )
    .where(eq(organisations.number, organisation))
    .orderBy(factories.id)
    .limit(limit ?? FACTORIES_PAGE)
}

/** The newest reading of each of these factories that has one, as JSON text. */
export const latestOfEach = (organisation: number, ids: readonly number[]) =>
  sql<string>`(select json_group_array(json_insert(json(latest), '$.factory', id)) from (
    select id, ${latestJson} as latest from factories where organisation = ${organisation} and ${idIn(ids)} order by id) where latest is not null)`

/** Which of these ids are factories of the organisation. */
export const selectExistingIds = (db: Database, organisation: number, ids: readonly number[]) =>
  db
    .select({ id: factories.id })
    .from(factories)
    .where(sql`organisation = ${organisation} and ${idIn(ids)}`)
