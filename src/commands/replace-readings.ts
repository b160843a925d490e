import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { factories, series } from '../db/schema.ts'
import { selectChart } from '../queries/factories.ts'
import { Problem } from '../errors.ts'
import { createRollup, dropRollups } from '../rollups/calendars.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { factoryExists, hasId, newSeriesRow, seriesOf } from './factories.ts'
import { updateLatestAndDay } from '../rollups/latest-and-day.ts'
import { decodedRows, insertReadings, encodeReadings } from './reading-input.ts'
import type { ReadingInput } from './reading-input.ts'
import { IMAGE_READINGS, auditImage } from './readings.ts'
import { chartOf } from './series-representations.ts'

/** The figures of a reading under a whole replacement: what is not sent is cleared. */
const whole = ({ time, actual = null, goal = null }: ReadingInput) => ({ time, actual, goal })

/** The guard that no reading lives on in sums alone: those could not be replaced by what they stand for. */
const isUntrimmed = ({ organisation }: Actor, id: number): Guard => ({
  condition: sql`not exists (select 1 from series where number in ${seriesOf(organisation, id)} and trimmed_before is not null)`,
  problem: () => new Problem('conflict', `Factory ${id} keeps only sums of its older readings, which a new series would lose.`),
})

/**
 * The number of readings of a series: the sum over its days, because one row of a day stands for up to 86,400 readings. A series
 * without a calendar has only the readings themselves.
 */
const countOf = (number: SQL) => sql`coalesce(
  (select coalesce((select sum(readings) from days where days.calendar = series.calendar), 0) from series where number = ${number} and calendar is not null),
  (select count(*) from readings where series = ${number}))`

/**
 * Replaces the whole series: the factory points to a new one, and cron sweeps the old. The new one goes on counting
 * revisions, so that an If-Match compared with the old series cannot pass for the new.
 */
export const replaceReadings = (author: Actor, factory: number, given: ReadingInput[], now: number) => {
  const { organisation } = author
  const packed = encodeReadings(given.map((reading) => ({ ...whole(reading), factory })))
  const current = sql`(select series from factories where ${hasId(organisation, factory)})`
  const newest = sql`(select max(number) from series where organisation = ${organisation} and factory = ${factory})`
  const figures = sql`'actual', actual, 'goal', goal`
  return {
    event: { subject: 'readings', verb: 'replaced', factories: [factory] },
    guards: [factoryExists(author, factory), isUntrimmed(author, factory)],
    conditionalOn: [chartOf(author, factory)],
    audit: {
      with: sql`with sent as materialized ${decodedRows(packed)},
        oldest as (select ${factory} as factory, time, actual, goal from readings where series = ${current} order by time limit ${IMAGE_READINGS}),
        compared as materialized (select ${countOf(current)} - count(old.time)
          + count(case when old.time is null or sent.actual is not old.actual or sent.goal is not old.goal then 1 end) as changed
          from sent left join readings as old on old.series = ${current} and old.time = sent.time)`,
      source: sql`compared where changed > 0`,
      verb: 'replaced',
      target: `/api/factory/${factory}/chart-data`,
      before: auditImage(figures, sql`oldest`),
      after: auditImage(figures, sql`sent`),
      detail: sql`json_object('received', ${given.length}, 'changed', changed)`,
    },
    statements: (db, commitId) => [
      db
        .update(series)
        .set({ dropped_at: now })
        .where(sql`number = ${current} and ${isLogged(commitId)}`),
      dropRollups(db, sql`series = ${current} and ${isLogged(commitId)}`, now),
      db.insert(series).select(sql`${newSeriesRow(sql`${organisation}, ${factory}, revision + 1`)} from series
        where number = ${current} and ${isLogged(commitId)}`),
      db
        .update(factories)
        .set({ series: newest })
        .where(sql`${hasId(organisation, factory)} and ${isLogged(commitId)}`),
      insertReadings(db, newest, packed, isLogged(commitId)),
      ...createRollup(
        db,
        seriesOf(organisation, factory, isLogged(commitId)),
        sql`(select time_zone from factories where ${hasId(organisation, factory)})`,
        now,
      ),
      updateLatestAndDay(db, seriesOf(organisation, factory, isLogged(commitId))),
    ],
    returning: (db) => selectChart(db, organisation, factory),
  } satisfies Mutation<unknown>
}
