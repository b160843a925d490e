import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { factories, series } from '../db/schema.ts'
import { selectChart } from '../queries/factories.ts'
import { Problem } from '../errors.ts'
import { beginCalendar, dropCalendars } from '../rollups/calendars.ts'
import { isLogged } from './mutation.ts'
import type { Author, Draft, Guard } from './mutation.ts'
import { factoryExists, isNumbered, newSeries, seriesOf } from './factories.ts'
import { keepFigures } from '../rollups/latest-and-day.ts'
import { givenRows, insertGiven, packReadings } from './reading-input.ts'
import type { Reading } from './reading-input.ts'
import { IMAGE_READINGS, imageOf } from './readings.ts'
import { chartOf } from './series-representations.ts'

/** The figures of a reading under a whole replacement: what is not sent is cleared. */
const whole = ({ time, actual = null, goal = null }: Reading) => ({ time, actual, goal })

/** The guard that no reading lives on in sums alone: those could not be replaced by what they stand for. */
const isUntrimmed = ({ organisation }: Author, id: number): Guard => ({
  holds: sql`not exists (select 1 from series where number in ${seriesOf(organisation, id)} and trimmed_before is not null)`,
  otherwise: () => new Problem('conflict', `Factory ${id} keeps only sums of its older readings, which a new series would lose.`),
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
export const replaceReadings = (author: Author, factory: number, given: Reading[], now: number) => {
  const { organisation } = author
  const packed = packReadings(given.map((reading) => ({ ...whole(reading), factory })))
  const current = sql`(select series from factories where ${isNumbered(organisation, factory)})`
  const newest = sql`(select max(number) from series where organisation = ${organisation} and factory = ${factory})`
  const figures = sql`'actual', actual, 'goal', goal`
  return {
    change: { subject: 'readings', verb: 'replaced', factories: [factory] },
    guards: [factoryExists(author, factory), isUntrimmed(author, factory)],
    representations: [chartOf(author, factory)],
    log: {
      with: sql`with sent as materialized ${givenRows(packed)},
        oldest as (select ${factory} as factory, time, actual, goal from readings where series = ${current} order by time limit ${IMAGE_READINGS}),
        compared as materialized (select ${countOf(current)} - count(old.time)
          + count(case when old.time is null or sent.actual is not old.actual or sent.goal is not old.goal then 1 end) as changed
          from sent left join readings as old on old.series = ${current} and old.time = sent.time)`,
      source: sql`compared where changed > 0`,
      verb: 'replaced',
      target: `/api/factory/${factory}/chart-data`,
      before: imageOf(figures, sql`oldest`),
      after: imageOf(figures, sql`sent`),
      detail: sql`json_object('received', ${given.length}, 'changed', changed)`,
    },
    statements: (db, commitId) => [
      db
        .update(series)
        .set({ dropped_at: now })
        .where(sql`number = ${current} and ${isLogged(commitId)}`),
      dropCalendars(db, sql`series = ${current} and ${isLogged(commitId)}`, now),
      db.insert(series).select(sql`${newSeries(sql`${organisation}, ${factory}, revision + 1`)} from series
        where number = ${current} and ${isLogged(commitId)}`),
      db
        .update(factories)
        .set({ series: newest })
        .where(sql`${isNumbered(organisation, factory)} and ${isLogged(commitId)}`),
      insertGiven(db, newest, packed, isLogged(commitId)),
      ...beginCalendar(
        db,
        seriesOf(organisation, factory, isLogged(commitId)),
        sql`(select time_zone from factories where ${isNumbered(organisation, factory)})`,
        now,
      ),
      keepFigures(db, seriesOf(organisation, factory, isLogged(commitId))),
    ],
    answer: (db) => selectChart(db, organisation, factory),
  } satisfies Draft<unknown>
}
