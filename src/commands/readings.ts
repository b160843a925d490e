import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { upsertChanges, upsertChunks } from '../chunks/changes.ts'
import { CHUNK_SECONDS } from '../chunks/chunk.ts'
import { ENCODED, encodeChunks, encodeReadings, lastReading } from '../chunks/encode.ts'
import type { FactoryReading, ReadingInput } from '../chunks/encode.ts'
import { newestReading, readingCount } from '../chunks/select.ts'
import { CHUNK } from '../chunks/unpack.ts'
import { readingJson } from '../db/reading-json.ts'
import type { Database } from '../db/client.ts'
import { integer, singleRow } from '../db/client.ts'
import { figure, figuresArray } from '../db/append-figures.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { Problem } from '../errors.ts'
import { latestOfEach, selectReading } from '../queries/factories.ts'
import { updateDays } from '../local-time/days.ts'
import { isPeriodAt } from '../local-time/offset-periods.ts'
import { appendInOrder } from './append-in-order.ts'
import type { Append, AppendResult } from './append-in-order.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { factoryExists, hasId } from './factories.ts'
import { withinRetention } from './retention-guard.ts'
import { chartRepresentation, readingRepresentation } from './series-representations.ts'
import { literal } from '../db/literal.ts'

/**
 * Maximum number of readings in an audit image: enough to undo a mistake, and few enough that the log stays smaller than the data.
 */
export const IMAGE_READINGS = 100

/**
 * Returns SQL for the audit image of the rows of a table, in order of factory and time.
 * @param prefix prefix of the columns with the figures, such as `old_`
 */
export const auditImage = (rows: SQL, prefix = ''): SQL => sql`(select json_group_array(json(reading)) from (
  select ${readingJson(sql`'factory', factory, 'time', time`, (name) => `${prefix}${name}`)} as reading from ${rows} order by factory, time limit ${literal(IMAGE_READINGS)}))`

/** Returns SQL for a count of the audit entry of a commit; 0 without an audit entry, because nothing changed. */
export const auditCount = (commitId: string, count: 'changed' | 'added'): SQL<number> =>
  sql<number>`coalesce((select ${figure(count)} from audit_log where commit_id = ${commitId}), 0)`

/** Returns SQL for the ids of the factories whose readings a commit changed. It is valid after the audit entry was inserted. */
const changedFactories = sqlTemplate<[commitId: string]>(
  (commitId) => sql`(select value from json_each((select ${figure('factories')} from audit_log where commit_id = ${commitId})))`,
)

/** The condition that an hour `chunk` may belong to two days of the zone of `f`: its offset is not whole hours, or changes in it. */
const mayContainMidnight = sql`exists (select 1 from time_zone_offsets as z
  where ${isPeriodAt(sql`f.time_zone`, sql.raw(`chunk.start + ${CHUNK_SECONDS - 1}`))}
  and (z.offset % ${CHUNK} <> 0 or z.start > chunk.start))`

/**
 * Returns SQL for the chunks of a commit that may affect the sums of a day, for `updateDays`. They are new, which means that they have no
 * other readings than the sent ones, or older than the newest chunk, or may contain a midnight.
 */
const touchedChunks = sqlTemplate<[organisationPk: number, commitId: string, encoded: string]>(
  (organisationPk, commitId, encoded) => sql`(select f.series_pk, f.time_zone, chunk.start
  from json_each(${encoded}) as sent
  cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = sent.value ->> ${literal(ENCODED.factory)}
    and f.id in ${changedFactories(commitId)}
  cross join chunks as chunk on chunk.series_pk = f.series_pk and chunk.start = sent.value ->> ${literal(ENCODED.start)}
  where ${sql.raw(readingCount('chunk.'))} = sent.value ->> ${literal(ENCODED.readings)}
    or exists (select 1 from chunks where chunks.series_pk = f.series_pk and chunks.start > chunk.start)
    or ${mayContainMidnight})`,
)

/** Readings to upsert, with the parts of the mutation that depend on the route. */
interface Upsert<Row> extends Pick<Mutation<Row>, 'conditionalOn' | 'returning'> {
  /** Ids of the factories, all of which must exist. */
  ids: number[]
  inputs: FactoryReading[]
  target: string
}

/** Returns the guard that no reading gets more scrap than actual production. The route finds out which reading does. */
const scrapWithinActual = (tables: SQL): Guard => ({
  condition: sql`(select exceeds from totals) is not 1`,
  with: tables,
  problem: () => new Problem('invalid-content', 'A reading has more scrap than actual production.'),
  outcome: 'excess-scrap',
})

/**
 * Builds a mutation that upserts readings. If a figure is overwritten, the audit entry says `corrected` and contains images of the old
 * and the new readings.
 */
const upsert = <Row>(actor: Actor, { ids, inputs, target, ...rest }: Upsert<Row>, encoded = encodeReadings(inputs)): Mutation<Row> => {
  const tables = upsertChanges(actor.organisationPk, encoded)
  const overwritten = sql`(select * from changed where overwrites)`
  return {
    ...rest,
    event: { subject: 'readings', verb: 'appended', factories: ids },
    guards: [factoriesExist(actor, ids), withinRetention(actor, inputs), scrapWithinActual(tables)],
    audit: {
      with: tables,
      source: sql`totals where changed > 0`,
      verb: sql`case when overwrites then 'corrected' else 'appended' end`,
      target,
      before: sql`case when overwrites then ${auditImage(overwritten, 'old_')} end`,
      after: sql`case when overwrites then ${auditImage(overwritten)} end`,
      detail: figuresArray({
        received: integer(inputs.length),
        changed: sql`changed`,
        added: sql`added`,
        from: sql`first`,
        to: sql`last`,
        factories: sql`json(factories)`,
      }),
    },
    statements: (db, commitId) =>
      [upsertChunks(db, actor.organisationPk, encoded), updateDays(db, touchedChunks(actor.organisationPk, commitId, encoded))].flat(),
  }
}

type AppendRequest = Upsert<AppendResult> & Pick<Append, 'renderNewest'>

/** Builds a mutation that appends readings in order. Its fallback upserts them. */
const append = (actor: Actor, { renderNewest, ...request }: AppendRequest): Mutation<AppendResult> => {
  const { ids, inputs, target, ...rest } = request
  const chunks = encodeChunks(inputs)
  const build = (): Mutation<AppendResult> => upsert(actor, request, JSON.stringify(chunks))
  const inOrder = appendInOrder(actor, { chunks, received: inputs.length, target, renderNewest })
  if (inOrder === undefined) return build()
  const { unless, ...parts } = inOrder
  return { ...rest, ...parts, event: { subject: 'readings', verb: 'appended', factories: ids }, guards: [], fallback: { unless, build } }
}

/** Selects the number of readings that an upsert changed, and the newest reading or readings as JSON text. */
const selectAppendResult = (db: Database, commitId: string, latest: SQL<string | null>) =>
  db.select({ changed: auditCount(commitId, 'changed').as('changed'), latest: latest.as('latest') }).from(singleRow)

const ofFactory = (actor: Actor, factory: number, inputs: ReadingInput[]): AppendRequest => ({
  ids: [factory],
  inputs: inputs.map((reading) => ({ ...reading, factory })),
  // The audit log derives the target from the factory in the figures (queries/audit.ts).
  target: '',
  conditionalOn: [chartRepresentation(actor, factory)],
  returning: (db, commitId) =>
    selectAppendResult(
      db,
      commitId,
      sql`(select ${newestReading(sql`factories.series_pk`)} from factories where ${hasId(actor.organisationPk, factory)})`,
    ),
  renderNewest: ([newest]) => JSON.stringify(lastReading(newest!)),
})

/** Builds the mutation that upserts readings of one factory. */
export const upsertReadings = (actor: Actor, factory: number, inputs: ReadingInput[]) => {
  const { renderNewest: _, ...request } = ofFactory(actor, factory, inputs)
  return upsert(actor, request)
}

/** Builds a mutation with the effect of `upsertReadings` that costs less if the readings are later than the stored ones. */
export const appendReadings = (actor: Actor, factory: number, inputs: ReadingInput[]) => append(actor, ofFactory(actor, factory, inputs))

/** Builds the mutation that upserts readings of several factories. */
export const appendFactoryReadings = (actor: Actor, inputs: FactoryReading[]) => {
  const ids = [...new Set(inputs.map(({ factory }) => factory))]
  return append(actor, {
    ids,
    inputs,
    target: '/api/readings',
    returning: (db, commitId) => selectAppendResult(db, commitId, latestOfEach(actor.organisationPk, ids)),
    renderNewest: (newest) =>
      JSON.stringify(
        newest
          .map((chunk) => ({ ...lastReading(chunk), factory: chunk[ENCODED.factory] }))
          .toSorted((a, b) => Number(a.factory) - Number(b.factory)),
      ),
  })
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
export const correctReading = (actor: Actor, factory: number, reading: ReadingInput) =>
  upsert(actor, {
    ids: [factory],
    inputs: [{ ...reading, factory }],
    target: `/api/factory/${factory}/chart-data/${reading.time}`,
    conditionalOn: [readingRepresentation(actor, factory, reading.time)],
    returning: (db, commitId) => selectReading(db, actor.organisationPk, factory, reading.time, auditCount(commitId, 'added')),
  })
