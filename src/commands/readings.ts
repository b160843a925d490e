import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { singleRow } from '../db/client.ts'
import { figure, figuresArray } from '../db/append-figures.ts'
import { figureColumns, readingJson } from '../db/reading-sql.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { readings } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import { latestJson } from '../queries/chart-columns.ts'
import { latestOfEach, selectReading } from '../queries/factories.ts'
import { updateRollups } from '../rollups/buckets.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { factoryExists, hasId } from './factories.ts'
import { updateLatestAndDay } from '../rollups/latest-and-day.ts'
import { withinRetention } from './retention-guard.ts'
import { changedReadings, encodeReadings, readingsOfPair } from './reading-input.ts'
import type { FactoryReading, ReadingInput } from './reading-input.ts'
import { chartRepresentation, readingRepresentation } from './series-representations.ts'

/** Maximum number of readings in an audit image: enough to undo a mistake, and few enough that the log stays smaller than the data. */
export const IMAGE_READINGS = 100

/**
 * Returns SQL for the audit image of the rows of a table, in order of factory and time.
 * @param prefix prefix of the columns with the figures, such as `old_`
 */
export const auditImage = (rows: SQL, prefix = ''): SQL => sql`(select json_group_array(json(reading)) from (
  select ${readingJson(sql`'factory', factory, 'time', time`, prefix)} as reading from ${rows} order by factory, time limit ${IMAGE_READINGS}))`

/** Returns SQL for a count of the audit entry of a commit; 0 without an audit entry, because nothing changed. */
export const auditCount = (commitId: string, count: 'changed' | 'added'): SQL<number> =>
  sql<number>`coalesce((select ${figure(count)} from audit_log where commit_id = ${commitId}), 0)`

/** Returns SQL for the ids of the factories whose readings a commit changed. It is valid after the audit entry was inserted. */
const changedFactories = sqlTemplate<[commitId: string]>(
  (commitId) => sql`(select value from json_each((select ${figure('factories')} from audit_log where commit_id = ${commitId})))`,
)
const changedSeries = sqlTemplate<[organisationPk: number, commitId: string]>(
  (organisationPk, commitId) =>
    sql`(select series_pk from factories where organisation_pk = ${organisationPk} and id in ${changedFactories(commitId)})`,
)

/** Returns SQL for the timestamps of changed factories, once for each rollup of their series. It looks each factory up once. */
const changedTimestamps = sqlTemplate<[organisationPk: number, commitId: string, encoded: string]>(
  (organisationPk, commitId, encoded) => sql`(select rollup.pk as rollup_pk, rollup.series_pk, rollup.time_zone, input.value ->> 0 as time
  from json_each(${encoded}) as pair
  cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = pair.value ->> 0
    and f.id in ${changedFactories(commitId)}
  cross join rollups as rollup on rollup.series_pk = f.series_pk and rollup.dropped_at is null
  cross join ${readingsOfPair} as input)`,
)

interface Upsert {
  /** Ids of the factories, all of which must exist. */
  ids: number[]
  inputs: FactoryReading[]
  target: string
}

/**
 * Builds the common part of the mutations that upsert readings. If a figure is overwritten, the audit entry says `corrected` and
 * contains images of the old and the new readings.
 */
const upsert = (actor: Actor, { ids, inputs, target }: Upsert) => {
  const encoded = encodeReadings(inputs)
  const rows = changedReadings(actor.organisationPk, encoded)
  const overwritten = sql`(select * from changed_readings where overwrites)`
  return {
    event: { subject: 'readings', verb: 'appended', factories: ids },
    guards: [factoriesExist(actor, ids), withinRetention(actor, inputs)],
    audit: {
      with: sql`with changed_readings as materialized ${rows}`,
      source: sql`changed_readings having count(*) > 0`,
      verb: sql`case when max(overwrites) then 'corrected' else 'appended' end`,
      target,
      before: sql`case when max(overwrites) then ${auditImage(overwritten, 'old_')} end`,
      after: sql`case when max(overwrites) then ${auditImage(overwritten)} end`,
      detail: figuresArray({
        received: sql`cast(${inputs.length} as integer)`,
        changed: sql`count(*)`,
        added: sql`sum(added)`,
        from: sql`min(time)`,
        to: sql`max(time)`,
        factories: sql`json_group_array(distinct factory)`,
      }),
    },
    statements: (db, commitId) => [
      db
        .insert(readings)
        .select(sql`select series_pk, time, ${figureColumns} from ${rows} where true`)
        .onConflictDoUpdate({
          target: [readings.series_pk, readings.time],
          set: mapFields(FIELD_NAMES, (name) => sql.raw(`excluded.${name}`)),
        }),
      ...updateRollups(db, changedTimestamps(actor.organisationPk, commitId, encoded)),
      updateLatestAndDay(db, changedSeries(actor.organisationPk, commitId)),
    ],
  } satisfies Omit<Mutation<unknown>, 'returning'>
}

/** Selects the number of readings that an upsert changed, and the newest reading or readings as JSON text. */
const selectAppendResult = (db: Database, commitId: string, latest: SQL<string | null>) =>
  db.select({ changed: auditCount(commitId, 'changed').as('changed'), latest: latest.as('latest') }).from(singleRow)

/** Builds the mutation that upserts readings of one factory. */
export const appendReadings = (actor: Actor, factory: number, inputs: ReadingInput[]) =>
  ({
    ...upsert(actor, {
      ids: [factory],
      inputs: inputs.map((reading) => ({ ...reading, factory })),
      // The audit log derives the target from the factory in the figures (queries/audit.ts).
      target: '',
    }),
    conditionalOn: [chartRepresentation(actor, factory)],
    returning: (db, commitId) =>
      selectAppendResult(db, commitId, sql`(select ${latestJson} from factories where ${hasId(actor.organisationPk, factory)})`),
  }) satisfies Mutation<unknown>

/** Builds the mutation that upserts readings of several factories. */
export const appendFactoryReadings = (actor: Actor, inputs: FactoryReading[]) => {
  const ids = [...new Set(inputs.map(({ factory }) => factory))]
  return {
    ...upsert(actor, { ids, inputs, target: '/api/readings' }),
    returning: (db, commitId) => selectAppendResult(db, commitId, latestOfEach(actor.organisationPk, ids)),
  } satisfies Mutation<unknown>
}

/** Returns the guard that every factory exists. */
const factoriesExist = (actor: Actor, ids: number[]): Guard =>
  ids.length === 1
    ? factoryExists(actor, ids[0]!)
    : {
        condition: sql`(select count(*) from factories where organisation_pk = ${actor.organisationPk}
    and id in (select value from json_each(${JSON.stringify(ids)}))) = ${ids.length}`,
        problem: () => new Problem('conflict', 'A factory was deleted during the request. Send the readings of the other factories.'),
      }

/** Builds the mutation that corrects one reading, or adds it. */
export const correctReading = (actor: Actor, factory: number, reading: ReadingInput) => {
  const target = `/api/factory/${factory}/chart-data/${reading.time}`
  return {
    ...upsert(actor, { ids: [factory], inputs: [{ ...reading, factory }], target }),
    conditionalOn: [readingRepresentation(actor, factory, reading.time)],
    returning: (db, commitId) => selectReading(db, actor.organisationPk, factory, reading.time, auditCount(commitId, 'added')),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that removes one reading. */
export const removeReading = (actor: Actor, factory: number, time: number) => {
  const currentSeries = sql`(select series_pk from factories where ${hasId(actor.organisationPk, factory)})`
  const isReading = sql`series_pk = ${currentSeries} and time = ${time}`
  return {
    event: { subject: 'readings', verb: 'removed', factories: [factory] },
    guards: [
      factoryExists(actor, factory),
      withinRetention(actor, [{ factory, time }]),
      {
        condition: sql`exists (select 1 from readings where ${isReading})`,
        problem: () => new Problem('not-found', `Factory ${factory} has no reading at ${time}.`),
      },
    ],
    conditionalOn: [readingRepresentation(actor, factory, time)],
    audit: {
      source: sql`${readings} where ${isReading}`,
      verb: 'removed',
      target: `/api/factory/${factory}/chart-data/${time}`,
      before: sql`json_array(${readingJson(sql`'factory', ${factory}, 'time', time`)})`,
    },
    statements: (db) => [
      db.delete(readings).where(isReading),
      ...updateRollups(
        db,
        sql`(select pk as rollup_pk, series_pk, time_zone, ${time} as time from rollups where series_pk = ${currentSeries} and dropped_at is null)`,
        true,
      ),
      updateLatestAndDay(db, sql`(${currentSeries})`),
    ],
    returning: (db) => selectReading(db, actor.organisationPk, factory, time),
  } satisfies Mutation<unknown>
}
