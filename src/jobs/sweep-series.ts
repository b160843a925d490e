import { and, sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { chunks, daily_sums, series } from '../db/schema.ts'
import { stop_annotations } from '../db/stop-schema.ts'
import { runSteps } from './steps.ts'
import { literal } from '../db/literal.ts'

/** Rows that one batch deletes. D1 needs far less than its limit of 30 s for them. */
const SWEEP_ROWS = 10_000
/** A step is one batch. */
const SWEEP_LIMITS = { steps: 20, queries: 4, isFirstReserved: true }
/** Dropped series that one batch looks at. A deleted organisation may leave thousands, most of them small. */
const SWEEP_SERIES = 1_000

/** The series that were dropped first. */
const droppedSeries = sql`(select pk from series where dropped_at is not null order by dropped_at limit ${literal(SWEEP_SERIES)})`

/** The tables with the data of a series. */
const DATA = [chunks, daily_sums]

const deleteData = (db: Database, table: (typeof DATA)[number]) =>
  db
    .delete(table)
    .where(
      sql`(series_pk, start) in (select data.series_pk, data.start from ${droppedSeries} as dropped
      cross join ${table} as data on data.series_pk = dropped.pk limit ${literal(SWEEP_ROWS)})`,
    )
    .returning({ start: table.start })

/** The condition that the factory of a series was deleted. Its id is never reused. */
const hasNoFactory = (alias: string) =>
  sql.raw(`not exists (select 1 from factories as f where f.organisation_pk = ${alias}.organisation_pk and f.id = ${alias}.factory_id)`)

/** Deletes annotations of deleted factories. */
const deleteAnnotations = (db: Database) =>
  db
    .delete(stop_annotations)
    .where(
      sql`(organisation_pk, id) in (select annotation.organisation_pk, annotation.id from ${droppedSeries} as dropped
      cross join series as s on s.pk = dropped.pk and ${hasNoFactory('s')}
      cross join stop_annotations as annotation on annotation.organisation_pk = s.organisation_pk and annotation.factory_id = s.factory_id
      limit ${literal(SWEEP_ROWS)})`,
    )
    .returning({ id: stop_annotations.id })

/** Deletes dropped series that have no data left, and no annotations if their factory was deleted. */
const deleteEmptySeries = (db: Database) =>
  db
    .delete(series)
    .where(
      and(
        sql`pk in ${droppedSeries}`,
        ...DATA.map((table) => sql`not exists (select 1 from ${table} where ${table.series_pk} = ${series.pk})`),
        sql`not (${hasNoFactory('series')} and exists (select 1 from stop_annotations as annotation
          where annotation.organisation_pk = series.organisation_pk and annotation.factory_id = series.factory_id))`,
      ),
    )
    .returning({ pk: series.pk })

/** Deletes the data of replaced series and of deleted factories, then the series. Returns the number of deleted rows of data. */
export const sweepSeries = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  let swept = 0
  await runSteps(isolate, SWEEP_LIMITS, async () => {
    const deleted = await session.batch([
      ...DATA.map((table) => deleteData(session.db, table)),
      deleteAnnotations(session.db),
      deleteEmptySeries(session.db),
    ])
    const rows = deleted.slice(0, -1).reduce((sum, { length }) => sum + length, 0)
    swept += rows
    return rows + deleted.at(-1)!.length > 0
  })
  return swept
}
