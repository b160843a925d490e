import { sql } from 'drizzle-orm'
import { beforeChart } from '../cache/render.ts'
import type { ChartRow } from '../cache/render.ts'
import { factories, series } from '../db/tables.ts'
import { selectChart } from '../queries/factories.ts'
import { Problem } from '../errors.ts'
import { beginCalendar, dropCalendars } from './calendars.ts'
import { isLogged } from './draft.ts'
import type { Author, Draft, Guard } from './draft.ts'
import { factoryExists, isNumbered, newSeries, seriesOf } from './factories.ts'
import { keepFigures } from './figures.ts'
import { givenRows, insertGiven, packReadings } from './given.ts'
import type { Reading } from './given.ts'
import { imageOf } from './readings.ts'

/** The figures of a reading under a whole replacement: what is not sent is cleared. */
const whole = ({ time, actual = null, goal = null }: Reading) => ({ time, actual, goal })

/** The guard that no reading lives on in sums alone: those could not be replaced by what they stand for. */
const isUntrimmed = ({ organisation }: Author, id: number): Guard => ({
  holds: sql`not exists (select 1 from series where number in ${seriesOf(organisation, id)} and trimmed_before is not null)`,
  otherwise: () => new Problem('conflict', `Factory ${id} keeps only sums of its older readings, which a new series would lose.`),
})

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
    representation: {
      read: (db) => selectChart(db, organisation, factory),
      render: ({ chart }: ChartRow) => chart,
      before: beforeChart,
      unchanged: (revision) => sql`exists (select 1 from series where number = ${current} and revision = ${revision})`,
    },
    log: {
      with: sql`with sent as materialized ${givenRows(packed)},
        old as (select ${factory} as factory, time, actual, goal from readings where series = ${current}),
        compared as (select
          (select count(*) from sent left join old using (time) where old.time is null or sent.actual is not old.actual or sent.goal is not old.goal)
          + (select count(*) from old where time not in (select time from sent)) as changed)`,
      source: sql`compared where changed > 0`,
      verb: 'replaced',
      target: `/api/factory/${factory}/chart-data`,
      before: imageOf(figures, sql`old`),
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
