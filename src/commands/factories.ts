import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { renderFactory, renderProfile } from '../documents/json.ts'
import { integer } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { factories, organisations, series } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { selectFactory, selectProfile } from '../queries/factories.ts'
import { rebuildDays } from '../local-time/days.ts'
import { ensureTimeZone } from '../local-time/offset-periods.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard, Representation } from './mutation.ts'
import { insertChunks } from '../chunks/append.ts'
import { encodeReadings } from '../chunks/encode.ts'
import type { ReadingInput } from '../chunks/encode.ts'
import type { FactorySettings } from '../schemas/factory-settings.ts'
import { buildImage, CURRENT, settingValues } from './factory-columns.ts'
import type { FactoryColumns } from './factory-columns.ts'

/** The audit image of a stored factory. */
const image = buildImage(sql`id`, CURRENT)

/** Returns the condition that a row has this `organisation_pk` and `id`. */
export const hasId = sqlTemplate<[organisationPk: number, id: number | SQL]>(
  (organisationPk, id) => sql`organisation_pk = ${organisationPk} and id = ${id}`,
)

const factoryExistsSql = sqlTemplate<[organisationPk: number, id: number]>(
  (organisationPk, id) => sql`exists (select 1 from factories where ${hasId(organisationPk, id)})`,
)

/** Returns the guard that a factory exists. */
export const factoryExists = ({ organisationPk }: Actor, id: number): Guard => ({
  condition: factoryExistsSql(organisationPk, id),
  problem: () => new Problem('not-found', `Factory ${id} not found.`),
})

/** Returns the two representations of a factory: its profile, and the factory with its newest readings. */
const representations = ({ organisationPk }: Actor, id: number) =>
  [
    {
      read: (db) => selectProfile(db, organisationPk, id),
      render: renderProfile,
      exists: () => factoryExistsSql(organisationPk, id),
    },
    {
      read: (db) => selectFactory(db, organisationPk, id),
      render: renderFactory,
      exists: () => factoryExistsSql(organisationPk, id),
    },
  ] satisfies Representation[]

const SERIES_COLUMNS = Object.keys(getTableColumns(series))

/** Returns SQL that selects the row of a new series. All other columns are null, because it has no readings. */
export const newSeriesRow = (columns: { organisation_pk: SQL; factory_id: SQL }): SQL => {
  const values: Record<string, SQL> = { ...columns, retention_due_at: sql`0` }
  const row = SERIES_COLUMNS.map((name) => values[name] ?? sql`null`)
  return sql`select ${sql.join(row, sql`, `)}`
}

/** SQL for the primary key of the series that the batch has inserted. The table never uses a primary key again. */
export const newestSeries = sql`(select max(pk) from series)`

interface NewFactory {
  name: string | null
  timeZone: string
  settings: Partial<FactorySettings>
  readings: ReadingInput[]
  now: number
}

/** Builds the mutation that creates a factory with the next id of the organisation, and with its readings. */
export const createFactory = ({ organisationPk }: Actor, { name, timeZone, settings, readings, now }: NewFactory) => {
  const { ideal_per_hour = sql`null`, stop_after_seconds = sql`null` } = settingValues(settings)
  const nextId = sql`(select next_factory_id from organisations where pk = ${organisationPk})`
  const createdId = (commitId: string) => sql`(select after ->> 'id' from audit_log where commit_id = ${commitId})`
  return {
    event: { subject: 'factory', verb: 'created' },
    guards: [],
    audit: {
      source: sql`${organisations} where pk = ${organisationPk}`,
      verb: 'created',
      target: sql`'/api/factory/' || next_factory_id`,
      after: buildImage(sql`next_factory_id`, { name: sql`${name}`, time_zone: sql`${timeZone}`, ideal_per_hour, stop_after_seconds }),
      detail: sql`json_object('readings', ${integer(readings.length)})`,
    },
    statements: (db) => [
      ensureTimeZone(db, timeZone),
      db.insert(series).select(newSeriesRow({ organisation_pk: sql`${organisationPk}`, factory_id: nextId })),
      db
        .insert(factories)
        .select(
          sql`select null, ${organisationPk}, ${nextId}, ${name}, ${timeZone}, ${newestSeries}, ${now}, null, ${ideal_per_hour}, ${stop_after_seconds}`,
        ),
      insertChunks(db, newestSeries, encodeReadings(readings)),
      ...rebuildDays(db, sql`(select ${newestSeries} as series_pk, ${timeZone} as time_zone)`),
      db
        .update(organisations)
        .set({ next_factory_id: sql`next_factory_id + 1`, factory_count: sql`factory_count + 1` })
        .where(eq(organisations.pk, organisationPk)),
    ],
    returning: (db, commitId) => selectFactory(db, organisationPk, createdId(commitId)),
  } satisfies Mutation<unknown>
}

/** Returns the primary key of the series of a factory as a table of one row, or of no row unless the condition holds. */
export const selectSeriesPk = (organisationPk: number, id: number, when: SQL = sql`true`): SQL =>
  sql`(select series_pk from factories where ${hasId(organisationPk, id)} and ${when})`

/** Returns the guard that a new time zone needs no trimmed readings, because a sum of a quarter of an hour may belong to two days. */
const canMoveDays = ({ organisationPk }: Actor, id: number, timeZone: string): Guard => ({
  condition: sql`not exists (select 1 from factories join series on series.pk = factories.series_pk
    where factories.organisation_pk = ${organisationPk} and id = ${id} and time_zone <> ${timeZone} and trimmed_before is not null)`,
  problem: () =>
    new Problem(
      'conflict',
      `Factory ${id} keeps only sums of its older readings, and those are in its current time zone. Keep the time zone.`,
    ),
})

/** Returns the condition that a commit has changed a time zone. */
const movedZone = (commitId: string) =>
  sql`exists (select 1 from audit_log where commit_id = ${commitId} and before ->> 'time_zone' <> after ->> 'time_zone')`

interface FactoryUpdates {
  name?: string | null
  timeZone?: string
  settings: Partial<FactorySettings>
}

/** Builds the mutation that changes the name, the time zone or settings of a factory. Undefined keeps the current value. */
export const updateFactory = (actor: Actor, id: number, { name, timeZone, settings }: FactoryUpdates) => {
  const { organisationPk } = actor
  const updated: Partial<FactoryColumns> = {
    ...(name !== undefined && { name: sql`${name}` }),
    ...(timeZone !== undefined && { time_zone: sql`${timeZone}` }),
    ...settingValues(settings),
  }
  const isChanged = sql.join(
    [sql`false`, ...Object.entries(updated).map(([column, value]) => sql`${sql.raw(column)} is not ${value}`)],
    sql` or `,
  )
  return {
    event: { subject: 'factory', verb: 'updated', factory: id },
    guards: [factoryExists(actor, id), ...(timeZone === undefined ? [] : [canMoveDays(actor, id, timeZone)])],
    conditionalOn: representations(actor, id),
    audit: {
      source: sql`${factories} where ${hasId(organisationPk, id)} and (${isChanged})`,
      verb: 'updated',
      target: `/api/factory/${id}`,
      before: image,
      after: buildImage(sql`id`, { ...CURRENT, ...updated }),
    },
    statements: (db, commitId) => [
      ...(timeZone === undefined ? [] : [ensureTimeZone(db, timeZone)]),
      db
        .update(factories)
        .set({ name: CURRENT.name, ...updated })
        .where(sql`${hasId(organisationPk, id)} and ${isLogged(commitId)}`),
      ...(timeZone === undefined
        ? []
        : rebuildDays(db, sql`(select series_pk, time_zone from factories where ${hasId(organisationPk, id)} and ${movedZone(commitId)})`)),
    ],
    returning: (db) => selectProfile(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

/**
 * Builds the mutation that deletes a factory. It only marks the series as dropped. Cron deletes the readings in steps, because one
 * batch cannot delete millions of rows.
 */
export const deleteFactory = (actor: Actor, id: number, now: number) => {
  const { organisationPk } = actor
  return {
    event: { subject: 'factory', verb: 'deleted', factory: id },
    guards: [factoryExists(actor, id)],
    conditionalOn: representations(actor, id),
    audit: {
      source: sql`${factories} where ${hasId(organisationPk, id)}`,
      verb: 'deleted',
      target: `/api/factory/${id}`,
      before: image,
    },
    statements: (db) => [
      db
        .update(series)
        .set({ dropped_at: now })
        .where(sql`pk in ${selectSeriesPk(organisationPk, id)}`),
      db.delete(factories).where(and(eq(factories.organisation_pk, organisationPk), eq(factories.id, id))),
      db
        .update(organisations)
        .set({ factory_count: sql`factory_count - 1` })
        .where(eq(organisations.pk, organisationPk)),
    ],
    returning: (db) => selectProfile(db, organisationPk, id),
  } satisfies Mutation<unknown>
}
