import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { factories, series } from '../db/schema.ts'
import { selectChart } from '../queries/factories.ts'
import { Problem } from '../errors.ts'
import { eachField, figureColumns } from '../db/reading-sql.ts'
import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import { createRollup, dropRollups } from '../rollups/lifecycle.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { factoryExists, hasId, newSeriesRow, seriesOf } from './factories.ts'
import { updateLatestAndDay } from '../rollups/latest-and-day.ts'
import { decodedRows, insertReadings, encodeReadings } from './reading-input.ts'
import type { ReadingInput } from './reading-input.ts'
import { IMAGE_READINGS, auditImage } from './readings.ts'
import { chartRepresentation } from './series-representations.ts'

/** Returns a reading with null for each absent figure, because a replacement clears the figures that were not sent. */
const withNulls = (reading: ReadingInput): ReadingInput => ({
  time: reading.time,
  ...mapFields(FIELD_NAMES, (name) => reading[name] ?? null),
})

/** Returns the guard that retention has not trimmed the series, because a new series would lose the sums of the trimmed readings. */
const isUntrimmed = ({ organisationPk }: Actor, id: number): Guard => ({
  condition: sql`not exists (select 1 from series where pk in ${seriesOf(organisationPk, id)} and trimmed_before is not null)`,
  problem: () =>
    new Problem(
      'conflict',
      `Factory ${id} keeps only sums of its older readings, which a new series would lose. Append or correct readings instead.`,
    ),
})

/**
 * Returns SQL for the number of readings of a series. It sums the days of the active rollup, because one row of a day stands for up
 * to 86,400 readings. Without a rollup it counts the readings.
 */
const countReadings = (seriesPk: SQL) => sql`coalesce(
  (select coalesce((select sum(readings) from daily_rollups where daily_rollups.rollup_pk = series.rollup_pk), 0) from series where pk = ${seriesPk} and rollup_pk is not null),
  (select count(*) from readings where series_pk = ${seriesPk}))`

/**
 * Builds the mutation that replaces all readings of a factory: the factory points to a new series, and cron deletes the old one in
 * steps. The new series continues the revisions of the old one, so an `If-Match` of the old series never matches the new one.
 */
export const replaceReadings = (actor: Actor, factory: number, inputs: ReadingInput[], now: number) => {
  const { organisationPk } = actor
  const encoded = encodeReadings(inputs.map((reading) => ({ ...withNulls(reading), factory })))
  const current = sql`(select series_pk from factories where ${hasId(organisationPk, factory)})`
  const newest = sql`(select max(pk) from series where organisation_pk = ${organisationPk} and factory_id = ${factory})`
  return {
    event: { subject: 'readings', verb: 'replaced', factories: [factory] },
    guards: [factoryExists(actor, factory), isUntrimmed(actor, factory)],
    conditionalOn: [chartRepresentation(actor, factory)],
    audit: {
      with: sql`with sent as materialized ${decodedRows(encoded)},
        oldest as (select ${factory} as factory, time, ${figureColumns} from readings where series_pk = ${current} order by time limit ${IMAGE_READINGS}),
        compared as materialized (select ${countReadings(current)} - count(old.time)
          + count(case when old.time is null or ${eachField((name) => `sent.${name} is not old.${name}`, ' or ')} then 1 end) as changed
          from sent left join readings as old on old.series_pk = ${current} and old.time = sent.time)`,
      source: sql`compared where changed > 0`,
      verb: 'replaced',
      target: `/api/factory/${factory}/chart-data`,
      before: auditImage(sql`oldest`),
      after: auditImage(sql`sent`),
      detail: sql`json_object('received', ${inputs.length}, 'changed', changed)`,
    },
    statements: (db, commitId) => [
      db
        .update(series)
        .set({ dropped_at: now })
        .where(sql`pk = ${current} and ${isLogged(commitId)}`),
      dropRollups(db, sql`series_pk = ${current} and ${isLogged(commitId)}`, now),
      db.insert(series)
        .select(sql`${newSeriesRow({ organisation_pk: sql`${organisationPk}`, factory_id: sql`${factory}`, revision: sql`revision + 1` })} from series
        where pk = ${current} and ${isLogged(commitId)}`),
      db
        .update(factories)
        .set({ series_pk: newest })
        .where(sql`${hasId(organisationPk, factory)} and ${isLogged(commitId)}`),
      insertReadings(db, newest, encoded, isLogged(commitId)),
      ...createRollup(
        db,
        seriesOf(organisationPk, factory, isLogged(commitId)),
        sql`(select time_zone from factories where ${hasId(organisationPk, factory)})`,
        now,
      ),
      updateLatestAndDay(db, seriesOf(organisationPk, factory, isLogged(commitId))),
    ],
    returning: (db) => selectChart(db, organisationPk, factory),
  } satisfies Mutation<unknown>
}
