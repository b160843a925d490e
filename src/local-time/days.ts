import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { CHUNK_SECONDS, QUARTER_SECONDS, QUARTERS, sumColumn } from '../chunks/chunk.ts'
import { SUM_NAMES, sumOfReadings, sumOfSums } from '../chunks/sums.ts'
import { CHUNK, chunkTexts, unpack } from '../chunks/unpack.ts'
import type { Database, Statement } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { daily_sums } from '../db/schema.ts'
import { alignedFrom, isPeriodAt } from './offset-periods.ts'
import { LONGEST_SECONDS } from './time-zones.ts'
import { literal } from '../db/literal.ts'

/**
 * Keeps the sums of local days current, in the transaction that changes the readings. Each row of `daily_sums` equals the sums of
 * its day, and every day with readings before the newest one has a row. The newest day has none, because a read sums its chunks.
 * So an append to the newest day writes no row. A removal deletes the row of the day that becomes the newest.
 */

const secondsIntoDay = (time: string) => `(((${time} + z.offset) % 86400 + 86400) % 86400)`
/** Returns SQL for the start of the local day of a time in the offset period `z`. */
const dayOf = (time: string) =>
  `case when ${time} - ${secondsIntoDay(time)} < z.next_day then z.day else ${time} - ${secondsIntoDay(time)} end`

/** The id of a factory, and the times of the first and of the last of its readings. */
export type Span = readonly [factory: number, first: number, last: number]

/** Returns SQL that joins `f` with its period `z` if readings from `first` to `last` continue its newest day. */
const continuingOn = (first: SQL, last: SQL): SQL => sql`cross join time_zone_offsets as z on ${isPeriodAt(sql`f.time_zone`, first)}
    and ${last} < z.until and (select times is not null and last < ${first} and last >= max(z.start, -z.offset)
      and (last + z.offset) / 86400 = (${last} + z.offset) / 86400
      from chunks where series_pk = f.series_pk order by start desc limit 1)`
const continuesOne = sqlTemplate<[organisationPk: number, ...span: Span]>(
  (
    organisationPk,
    factory,
    first,
    last,
  ) => sql`exists (select 1 from factories as f ${continuingOn(sql`cast(${first} as integer)`, sql`cast(${last} as integer)`)}
    where f.organisation_pk = ${organisationPk} and f.id = ${factory})`,
)
const continuesAll = sqlTemplate<[organisationPk: number, spans: string, count: number]>(
  (organisationPk, spans, count) => sql`(select count(*) from json_each(${spans}) as span
    cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = span.value ->> 0
    ${continuingOn(sql`(span.value ->> 1)`, sql`(span.value ->> 2)`)}) = ${count}`,
)

/**
 * Returns the condition that readings continue the newest day of each factory: they are later than its newest reading, and of the same
 * local day. Then no other day changes. It is false for a factory without readings, before 1970, and on a day with a change of the
 * offset until a reading after that change.
 */
export const continuesNewestDay = (organisationPk: number, spans: readonly Span[]): SQL => {
  const [first, second] = spans
  return first && second === undefined
    ? continuesOne(organisationPk, ...first)
    : continuesAll(organisationPk, JSON.stringify(spans), spans.length)
}

/** Joins the offset period `z` of a zone and a time. */
const joinPeriod = (table: string, time = 'time'): SQL =>
  sql`cross join time_zone_offsets as z on ${isPeriodAt(sql.raw(`${table}.time_zone`), sql.raw(`${table}.${time}`))}`

/**
 * Returns SQL for the parts of chunks with their local days: quarters, or single readings of a chunk that is older than
 * `alignedFrom`. The columns are series_pk, day and the sums.
 * @param packed the name of a table with series_pk, time_zone, aligned_from and the columns of chunks
 */
const partsOf = (packed: string): SQL => {
  const isWhole = '(start >= aligned_from or times is null)'
  const quarterSum = (name: (typeof SUM_NAMES)[number]) =>
    `case quarter ${QUARTERS.map((n) => `when ${n} then ${sumColumn(name, n)}`).join(' ')} end as ${name}`
  const sums = SUM_NAMES.join(', ')
  return sql`select part.series_pk, ${sql.raw(dayOf('part.time'))} as day, ${sql.raw(sums)} from (
    select * from (select series_pk, time_zone, start + ${literal(QUARTER_SECONDS)} * quarter as time, ${sql.raw(SUM_NAMES.map(quarterSum).join(', '))}
      from ${sql.raw(packed)} cross join (${sql.raw(QUARTERS.map((n) => `select ${n} as quarter`).join(' union all '))}) where ${sql.raw(isWhole)}) where readings > 0
    union all select series_pk, time_zone, time, ${sql.raw(SUM_NAMES.map((name) => sumOfReadings(name)).join(', '))}
      from (select reading.*, packed.time_zone from (${unpack(packed, chunkTexts(), `not ${isWhole}`)}) as reading
        join (select distinct series_pk, time_zone from ${sql.raw(packed)}) as packed on packed.series_pk = reading.series_pk)
      group by series_pk, time) as part ${joinPeriod('part')}`
}

/** The chunks of each day of `affected` (series_pk, time_zone, day), as a table for `partsOf`. */
const packedOfDays = sql`packed as materialized (select distinct affected.time_zone, ${alignedFrom(sql`affected.time_zone`)} as aligned_from, 0 as factory, chunk.*
  from affected cross join chunks as chunk on chunk.series_pk = affected.series_pk
    and chunk.start > affected.day - ${CHUNK} and chunk.start < affected.day + ${literal(LONGEST_SECONDS.day)})`

/** The last second of a chunk. */
const LAST_SECOND = literal(CHUNK_SECONDS - 1)

/**
 * Returns the common table expression `affected`: the days (series_pk, time_zone, day) whose row the change of chunks affects.
 * @param touched table of series_pk, time_zone and start
 */
const affectedDays = (touched: SQL): SQL => sql`touched as materialized (select distinct series_pk, time_zone, start from ${touched}),
  newest as materialized (select series.series_pk, series.time_zone, ${sql.raw(dayOf('series.last'))} as day from (
    select series_pk, time_zone, (select last from chunks where chunks.series_pk = touched.series_pk order by start desc limit 1) as last
    from touched group by series_pk) as series ${joinPeriod('series', 'last')}),
  previous as materialized (select newest.series_pk, newest.time_zone, coalesce(chunk.start + cast(chunk.times as integer), chunk.start) as first, chunk.last, newest.day as newest_day
    from newest cross join chunks as chunk on chunk.series_pk = newest.series_pk and chunk.start = (
      select start from chunks where series_pk = newest.series_pk and start < newest.day
        and coalesce(start + cast(times as integer), start) < newest.day and (series_pk, start) not in (select series_pk, start from touched)
      order by start desc limit 1)),
  candidates as (select series_pk, time_zone, start as time, 1 as is_touched from touched
    union select series_pk, time_zone, start + ${LAST_SECOND}, 1 from touched
    union select series_pk, time_zone, first, 0 from previous
    union select series_pk, time_zone, min(last, newest_day - 1), 0 from previous),
  dated as materialized (select candidates.series_pk, candidates.time_zone, is_touched, ${sql.raw(dayOf('candidates.time'))} as day
    from candidates ${joinPeriod('candidates')}),
  affected as materialized (select distinct series_pk, time_zone, day from dated where
    exists (select 1 from daily_sums where daily_sums.series_pk = dated.series_pk and daily_sums.start = dated.day) = is_touched
    or (is_touched and day < (select day from newest where newest.series_pk = dated.series_pk)))`

/** The end of an insert that replaces the stored days that differ. */
const replaceStored =
  sql.raw(`on conflict (series_pk, start) do update set ${SUM_NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}
  where ${SUM_NAMES.map((name) => `daily_sums.${name} is not excluded.${name}`).join(' or ')}`)
const sums = sql.raw(SUM_NAMES.map((name) => `${sumOfSums(name, 'part.')} as ${name}`).join(', '))

const summedDays = sqlTemplate<[touched: SQL]>(
  (touched) => sql`with ${affectedDays(touched as unknown as SQL)}, ${packedOfDays}
    select part.series_pk, part.day, ${sums} from (${partsOf('packed')}) as part
    cross join affected on affected.series_pk = part.series_pk and affected.day = part.day group by part.series_pk, part.day ${replaceStored}`,
)

/**
 * Returns the statements that sum the days again which the change of chunks affects. They run after the change.
 * @param touched table of the changed chunks: series_pk, time_zone and start; empty if nothing changed
 * @param removes true if a day may have lost its last reading
 */
export const updateDays = (db: Database, touched: SQL, removes = false): Statement[] => [
  ...(removes
    ? [
        db.delete(daily_sums).where(sql`(series_pk, start) in (with ${affectedDays(touched)}, ${packedOfDays},
          removed as materialized (select series_pk, day from newest union select series_pk, day from affected where not exists (
            select 1 from (${partsOf('packed')}) as part where part.series_pk = affected.series_pk and part.day = affected.day))
          select series_pk, day from removed)`),
      ]
    : []),
  db.insert(daily_sums).select(summedDays(touched)),
]

/**
 * Returns the statements that sum all days of series again, such as after a change of the time zone.
 * @param series table of series_pk and time_zone
 */
export const rebuildDays = (db: Database, series: SQL): Statement[] => [
  db.delete(daily_sums).where(sql`series_pk in (select series_pk from ${series})`),
  db.insert(daily_sums)
    .select(sql`with packed as materialized (select s.time_zone, ${alignedFrom(sql`s.time_zone`)} as aligned_from, 0 as factory, chunk.*
      from ${series} as s cross join chunks as chunk on chunk.series_pk = s.series_pk),
    parts as materialized (${partsOf('packed')}),
    newest as materialized (select series_pk, max(day) as day from parts group by series_pk)
    select part.series_pk, part.day, ${sums} from parts as part join newest on newest.series_pk = part.series_pk and part.day < newest.day
    group by part.series_pk, part.day`),
]
