import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import { QUARTER_SECONDS, QUARTERS, SUM_COLUMNS, sumColumn, TEXT_COLUMNS } from '../chunks/chunk.ts'
import { cutText } from '../chunks/cut.ts'
import { SUM_NAMES, sumOfReadings } from '../chunks/sums.ts'
import { CHUNK, chunkTexts, orEmpty, unpack, valueAt } from '../chunks/unpack.ts'
import { isPeriodAt } from '../local-time/offset-periods.ts'
import { MAX_TIME } from '../local-time/time-zones.ts'
import { literal } from '../db/literal.ts'
import { selectBorders } from './select-borders.ts'
import type { PlannedSpan } from './select-borders.ts'

/** The series of a factory, its zone and its schedule, as SQL, and a span of it. */
interface Selection extends PlannedSpan {
  seriesPk: SQLWrapper
}

const MINUTE = 60
const QUARTER = literal(QUARTER_SECONDS)
/** The condition of the chunk of a row of `marked`, for the series of the surrounding `factories`. */
const CHUNK_OF_MARKED = 'chunk.series_pk = factories.series_pk and chunk.start = marked.start'
const sumColumns = sql.raw(SUM_COLUMNS.join(', '))

/** The sums of a row that has no chunk. */
const noSums = sql.raw(SUM_COLUMNS.map(() => 'null').join(', '))

/** The last time of each quarter of a chunk, relative to its start; null for a quarter without readings. */
const quarterLasts = sql.raw(
  QUARTERS.map((quarter) => {
    const readings = QUARTERS.slice(0, quarter + 1).map((each) => sumColumn('readings', each))
    return `case when ${sumColumn('readings', quarter)} > 0 then ${valueAt('times', `(${readings.join(' + ')} - 1)`)} end`
  }).join(', '),
)

/** Returns the chunks of a span. `has_change` is true if the offset of their zone changes within the chunk. */
const summedChunks = ({
  seriesPk,
  timeZone,
  from,
  to,
}: Selection) => sql`select chunk.start, last, times is not null as has_readings, ${sumColumns},
    z.until < chunk.start + ${CHUNK} as has_change, chunk.start < coalesce(z.aligned_from, ${MAX_TIME}) as is_unaligned, null as border
  from chunks as chunk cross join time_zone_offsets as z on ${isPeriodAt(timeZone, sql`chunk.start`)}
  where chunk.series_pk = ${seriesPk} and chunk.start > ${from} - ${CHUNK} and chunk.start < ${to}`

/**
 * Returns SQL for the pieces of the chunk of `marked`: the sums of each of its minutes. Before a zone is aligned, its minutes are not those
 * of UTC, so a piece is a second. Its length is in the column `factory`, because `unpack` passes that through.
 */
const piecesOfMarked = sql`select json_group_array(json(piece)) from (
  select json_array(start + (time - start) / factory * factory, max(time), ${sql.raw(SUM_NAMES.map((name) => sumOfReadings(name)).join(', '))}) as piece
  from (${unpack(`(select case when marked.is_unaligned then 1 else ${MINUTE} end as factory, chunk.* from chunks as chunk where ${CHUNK_OF_MARKED})`, chunkTexts())})
  group by (time - start) / factory)`

/** Maximum length of the texts of all quarters in the result. D1 returns at most 2,000,000 bytes in one value, with the sums of 66 days. */
const MAX_TEXTS = 1_700_000

/** Returns SQL for the number of readings of `bordered` in its first quarters, as many as `quarter` and some more. */
const readingsUntil = (more: number) =>
  `case quarter.value ${QUARTERS.map((quarter) => {
    const readings = QUARTERS.slice(0, quarter + more).map((each) => `bordered.${sumColumn('readings', each)}`)
    return `when ${quarter} then ${['0', ...readings].join(' + ')}`
  }).join(' ')} end`

/** SQL for the texts of the quarters of `bordered` in which a shift may start or end. SQLite does not unpack them. */
const quarterTexts = sql.raw(`select json_group_array(json_array(bordered.start, ${TEXT_COLUMNS.map((name) => {
  const text = cutText(`chunk.${name}`, readingsUntil(0), readingsUntil(1))
  return `json('[' || ${orEmpty(text)} || ']')`
}).join(', ')})) from json_each(bordered.inner_quarters) as quarter
  cross join chunks as chunk on chunk.series_pk = factories.series_pk and chunk.start = bordered.start where ${readingsUntil(1)} > ${readingsUntil(0)}`)

/**
 * Returns SQL for the chunks of a span with their borders. With one `max`, SQLite takes the other columns of a group from the row with the
 * maximum, which is the chunk. Grouping compares no chunk with the borders of another one, and needs no index.
 */
const borderedChunks = (selection: Selection) => sql`select start, last, ${sumColumns}, max(has_readings) as has_readings, is_unaligned,
    has_readings and count(border) > 0 as has_border, has_readings and (is_unaligned or has_change) as is_split,
    json_group_array(distinct border / ${QUARTER}) filter (where border % ${QUARTER} <> 0) as inner_quarters
  from (${summedChunks(selection)} union all select start, null, null, ${noSums}, null, null, border from (${selectBorders(selection)}))
  group by start having max(has_readings) is not null`

/**
 * Returns SQL for the sums of the chunks of a span as a JSON array in any order, for `parseParts`. A chunk in which a shift may start or
 * end has in addition the last time of each of its quarters. If that is within a quarter, the chunk has the texts of that quarter. It has
 * its pieces instead if borders may be anywhere in it, or if the texts of all chunks are too long.
 */
export const selectParts = (selection: Selection): SQL<string> =>
  sql<string>`(with bordered as (${borderedChunks(selection)}),
    marked as materialized (select *, case when has_readings and not is_split and inner_quarters <> '[]' then (${quarterTexts}) end as texts from bordered)
    select '[' || coalesce(group_concat(json_array(start, last, ${sumColumns},
      case when has_border then (select json_array(${quarterLasts}) from chunks as chunk where ${sql.raw(CHUNK_OF_MARKED)}) end,
      case when is_split or (is_long and texts is not null) then json((${piecesOfMarked})) end,
      case when not is_long then json(texts) end)), '') || ']'
    from (select *, coalesce(sum(length(texts)) over (), 0) > ${literal(MAX_TEXTS)} as is_long from marked) as marked)`
