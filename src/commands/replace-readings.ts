import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { insertChunks } from '../chunks/append.ts'
import { replaceChanges, sentReadings } from '../chunks/changes.ts'
import { ALL_FIELDS, encodeChunks, firstReadings } from '../chunks/encode.ts'
import type { ReadingInput } from '../chunks/encode.ts'
import { readingCount } from '../chunks/select.ts'
import { chunkTexts, unpack } from '../chunks/unpack.ts'
import { integer } from '../db/client.ts'
import { factories, series } from '../db/schema.ts'
import { selectChart } from '../queries/factories.ts'
import { Problem } from '../errors.ts'
import { rebuildDays } from '../local-time/days.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { factoryExists, hasId, newestSeries, newSeriesRow, selectSeriesPk } from './factories.ts'
import { IMAGE_READINGS, auditImage } from './readings.ts'
import { chartRepresentation } from './series-representations.ts'
import { literal } from '../db/literal.ts'

/** Returns the guard that retention has not trimmed the series, because a new series would lose the sums of the trimmed readings. */
const isUntrimmed = ({ organisationPk }: Actor, id: number): Guard => ({
  condition: sql`not exists (select 1 from series where pk in ${selectSeriesPk(organisationPk, id)} and trimmed_before is not null)`,
  problem: () =>
    new Problem(
      'conflict',
      `Factory ${id} keeps only sums of its older readings, which a new series would lose. Append or correct readings instead.`,
    ),
})

/** SQL for the number of readings of a chunk. */
const countOfChunk = sql.raw(readingCount(''))

/** Returns SQL for the number of readings of a series. It reads one row for each hour with readings. */
const countReadings = (seriesPk: SQL) => sql`(select coalesce(sum(${countOfChunk}), 0) from chunks where series_pk = ${seriesPk})`

/** Returns SQL for the oldest readings of a series, those of as few chunks as contain an audit image. */
const oldestReadings = (factory: number, seriesPk: SQL) => sql`with counted as (
    select start, sum(${countOfChunk}) over (order by start) - (${countOfChunk}) as before from chunks
    where series_pk = ${seriesPk} order by start limit ${literal(IMAGE_READINGS)}),
  oldest as (select ${integer(factory)} as factory, * from chunks
    where series_pk = ${seriesPk} and start in (select start from counted where before < ${literal(IMAGE_READINGS)}))
  ${unpack('oldest', chunkTexts())}`

/**
 * Builds the mutation that replaces all readings of a factory: the factory points to a new series, and cron deletes the old one in
 * steps.
 */
export const replaceReadings = (actor: Actor, factory: number, inputs: ReadingInput[], now: number) => {
  const { organisationPk } = actor
  const sent = encodeChunks(
    inputs.map((reading) => ({ ...reading, factory })),
    ALL_FIELDS,
  )
  const encoded = JSON.stringify(sent)
  const current = selectSeriesPk(organisationPk, factory)
  return {
    event: { subject: 'readings', verb: 'replaced', factories: [factory] },
    guards: [factoryExists(actor, factory), isUntrimmed(actor, factory)],
    conditionalOn: [chartRepresentation(actor, factory)],
    audit: {
      with: sql`${replaceChanges(organisationPk, encoded)},
        total as materialized (select changed + ${countReadings(current)} - matched as changed from compared)`,
      source: sql`total where changed > 0`,
      verb: 'replaced',
      target: `/api/factory/${factory}/chart-data`,
      before: auditImage(sql`(${oldestReadings(factory, current)})`),
      after: auditImage(sql`(${sentReadings(factory, JSON.stringify(firstReadings(sent, IMAGE_READINGS)))})`),
      detail: sql`json_object('received', ${integer(inputs.length)}, 'changed', changed)`,
    },
    statements: (db, commitId) => [
      db
        .update(series)
        .set({ dropped_at: now })
        .where(sql`pk = ${current} and ${isLogged(commitId)}`),
      db.insert(series).select(sql`${newSeriesRow({ organisation_pk: sql`${organisationPk}`, factory_id: sql`${factory}` })} from series
        where pk = ${current} and ${isLogged(commitId)}`),
      db
        .update(factories)
        .set({ series_pk: newestSeries })
        .where(sql`${hasId(organisationPk, factory)} and ${isLogged(commitId)}`),
      insertChunks(db, newestSeries, encoded, isLogged(commitId)),
      ...rebuildDays(
        db,
        sql`(select series_pk, time_zone from factories where ${hasId(organisationPk, factory)} and ${isLogged(commitId)})`,
      ),
    ],
    returning: (db) => selectChart(db, organisationPk, factory),
  } satisfies Mutation<unknown>
}
