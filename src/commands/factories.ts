import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { renderFactory, renderProfile } from '../documents/json.ts'
import type { Database, Statement } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { factories, organisations, series } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { selectFactory, selectFactoryRevised, selectProfile } from '../queries/factories.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'
import { createRollup, dropRollups } from '../rollups/calendars.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard, Representation } from './mutation.ts'
import { updateLatestAndDay } from '../rollups/latest-and-day.ts'
import { insertReadings, encodeReadings } from './reading-input.ts'
import type { ReadingInput } from './reading-input.ts'

/** What the log keeps of a factory. */
const image = sql`json_object('id', id, 'name', name, 'time_zone', time_zone)`

/** Condition on a table's columns `organisation` and `id`. */
export const hasId = sqlTemplate<[organisation: number, id: number | SQL]>(
  (organisation, id) => sql`organisation = ${organisation} and id = ${id}`,
)

const isThere = sqlTemplate<[organisation: number, id: number]>(
  (organisation, id) => sql`exists (select 1 from factories where ${hasId(organisation, id)})`,
)

/** The guard that a factory is there. */
export const factoryExists = ({ organisation }: Actor, id: number): Guard => ({
  condition: isThere(organisation, id),
  problem: () => new Problem('not-found', `Factory ${id} not found.`),
})

interface Revised {
  revision: number
}

/** A factory by its profile, and as a whole with its newest readings. */
const shown = ({ organisation }: Actor, id: number) =>
  [
    {
      read: (db) => selectProfile(db, organisation, id),
      render: renderProfile,
      exists: () => isThere(organisation, id),
      unchanged: ({ revision }: Revised) =>
        sql`exists (select 1 from factories where ${hasId(organisation, id)} and revision = ${revision})`,
    },
    {
      read: (db) => selectFactoryRevised(db, organisation, id),
      render: renderFactory,
      exists: () => isThere(organisation, id),
      unchanged: ({ revision, series_revision }: Revised & { series_revision: number }) =>
        sql`exists (select 1 from factories as f join series as s on s.number = f.series
          where f.organisation = ${organisation} and f.id = ${id} and f.revision = ${revision} and s.revision = ${series_revision})`,
    },
  ] satisfies Representation[]

/** The row of a new series, given its organisation, factory and revision: nothing of it is known yet. */
export const newSeriesRow = (known: SQL): SQL =>
  sql`select null, ${known}, ${sql.raw(Array.from({ length: 11 }, () => 'null').join(', '))}, 0`

/** A new factory with the organisation's next id, and its readings if some are given. */
export const createFactory = (
  { organisation }: Actor,
  { name, timeZone, readings, now }: { name: string | null; timeZone: string; readings: ReadingInput[]; now: number },
) => {
  const nextId = sql`(select next_factory_id from organisations where number = ${organisation})`
  const createdId = (commitId: string) => sql`(select after ->> 'id' from changes where commit_id = ${commitId})`
  const newestSeries = sql`(select max(number) from series where organisation = ${organisation} and factory = ${nextId})`
  return {
    event: { subject: 'factory', verb: 'created' },
    guards: [],
    audit: {
      source: sql`${organisations} where number = ${organisation}`,
      verb: 'created',
      target: sql`'/api/factory/' || next_factory_id`,
      after: sql`json_object('id', next_factory_id, 'name', ${name}, 'time_zone', ${timeZone})`,
      detail: sql`json_object('readings', ${readings.length})`,
    },
    statements: (db) => [
      ensureTimeZone(db, timeZone),
      db.insert(series).select(newSeriesRow(sql`${organisation}, ${nextId}, 0`)),
      db.insert(factories).select(sql`select null, ${organisation}, ${nextId}, ${name}, ${timeZone}, ${newestSeries}, 0, ${now}`),
      insertReadings(db, newestSeries, encodeReadings(readings)),
      ...createRollup(db, newestSeries, sql`${timeZone}`, now),
      updateLatestAndDay(db, newestSeries),
      db
        .update(organisations)
        .set({ next_factory_id: sql`next_factory_id + 1`, factory_count: sql`factory_count + 1` })
        .where(eq(organisations.number, organisation)),
    ],
    returning: (db, commitId) => selectFactory(db, organisation, createdId(commitId)),
  } satisfies Mutation<unknown>
}

/** The series of a factory, as a table of one number; of none unless the condition holds. */
export const seriesOf = (organisation: number, id: number, when: SQL = sql`true`): SQL =>
  sql`(select series from factories where ${hasId(organisation, id)} and ${when})`

/** The guard that a factory's readings are all there still to be summed up in another zone. */
const canBeSummedUp = ({ organisation }: Actor, id: number, timeZone: string): Guard => ({
  condition: sql`not exists (select 1 from factories join series on series.number = factories.series
    where factories.organisation = ${organisation} and id = ${id} and time_zone <> ${timeZone} and trimmed_before is not null)`,
  problem: () => new Problem('conflict', `Factory ${id} keeps only sums of its older readings, and those are of its present time zone.`),
})

/**
 * Sums a series up in another zone: at once what one step can, the rest by cron. The calendar that is shown goes on being
 * shown until the new one is whole.
 */
const moveToZone = (db: Database, numbers: SQL, timeZone: string, now: number): Statement[] => [
  ensureTimeZone(db, timeZone),
  dropRollups(db, sql`series in ${numbers} and zone <> ${timeZone} and built_until is not null`, now),
  ...createRollup(db, numbers, sql`${timeZone}`, now),
]

/** Another name or time zone; undefined leaves what is. */
export const updateFactory = (
  author: Actor,
  id: number,
  { name, timeZone, now }: { name?: string | null; timeZone?: string; now: number },
) => {
  const { organisation } = author
  const wanted = {
    name: name === undefined ? sql`name` : sql`${name}`,
    time_zone: timeZone === undefined ? sql`time_zone` : sql`${timeZone}`,
  }
  return {
    event: { subject: 'factory', verb: 'updated', factory: id },
    guards: [factoryExists(author, id), ...(timeZone === undefined ? [] : [canBeSummedUp(author, id, timeZone)])],
    conditionalOn: shown(author, id),
    audit: {
      source: sql`${factories} where ${hasId(organisation, id)} and (name is not ${wanted.name} or time_zone is not ${wanted.time_zone})`,
      verb: 'updated',
      target: `/api/factory/${id}`,
      before: image,
      after: sql`json_object('id', id, 'name', ${wanted.name}, 'time_zone', ${wanted.time_zone})`,
    },
    statements: (db, commitId) => [
      db
        .update(factories)
        .set({ ...wanted, revision: sql`revision + 1` })
        .where(sql`${hasId(organisation, id)} and ${isLogged(commitId)}`),
      ...(timeZone === undefined ? [] : moveToZone(db, seriesOf(organisation, id, isLogged(commitId)), timeZone, now)),
    ],
    returning: (db) => selectProfile(db, organisation, id),
  } satisfies Mutation<unknown>
}

/** The end of a factory. Its series is only dropped: cron sweeps the readings, for one batch could not remove millions. */
export const deleteFactory = (author: Actor, id: number, now: number) => {
  const { organisation } = author
  return {
    event: { subject: 'factory', verb: 'deleted', factory: id },
    guards: [factoryExists(author, id)],
    conditionalOn: shown(author, id),
    audit: {
      source: sql`${factories} where ${hasId(organisation, id)}`,
      verb: 'deleted',
      target: `/api/factory/${id}`,
      before: image,
    },
    statements: (db) => [
      db
        .update(series)
        .set({ dropped_at: now })
        .where(sql`number in ${seriesOf(organisation, id)}`),
      dropRollups(db, sql`series in ${seriesOf(organisation, id)}`, now),
      db.delete(factories).where(and(eq(factories.organisation, organisation), eq(factories.id, id))),
      db
        .update(organisations)
        .set({ factory_count: sql`factory_count - 1` })
        .where(eq(organisations.number, organisation)),
    ],
    returning: (db) => selectProfile(db, organisation, id),
  } satisfies Mutation<unknown>
}
