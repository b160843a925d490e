import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import { chunkStart, QUARTERS, SUM_COLUMNS, sumColumn } from './chunk.ts'
import { CHUNK, orEmpty, valueAt } from './unpack.ts'
import { readingJson } from '../db/reading-json.ts'
import { literal } from '../db/literal.ts'

/** Number of readings of a chunk `c`. */
export const readingCount = (prefix: string): string => QUARTERS.map((quarter) => `${prefix}${sumColumn('readings', quarter)}`).join(' + ')

/** Returns SQL of the condition that a chunk has readings with production. */
export const hasProduction = (alias: string): SQL =>
  sql.raw(`${QUARTERS.map((quarter) => `coalesce(${alias}.${sumColumn('actual', quarter)}, 0)`).join(' + ')} > 0`)

/** SQL for a chunk `c` as the text of a JSON array of its start and texts, for `parseReadings`; null if retention has trimmed it. */
const TEXTS_JSON = `'[' || c.start || ',[' || c.times || '],[' || ${FIELD_NAMES.map((name) => orEmpty(`c.${name}`)).join(` || '],[' || `)} || ']]'`

/** Joins the texts of JSON arrays to one array. SQLite neither parses nor sorts them. */
export const joinArrays = (texts: string) => sql.raw(`'[' || coalesce(group_concat(${texts}), '') || ']'`)

/** Returns SQL for the order in which an index is read. */
export const sortDirection = (order: ChunkRange['order']): SQL => sql.raw(order === 'oldest' ? 'asc' : 'desc')

/** The time from which the surrounding `series` has readings, and not only sums. */
export const retainedFrom = sql.raw(`coalesce(series.trimmed_before, ${Number.MIN_SAFE_INTEGER})`)

/** The condition that a chunk of the surrounding `series` has readings, and not only sums. */
export const isRetained = sql`start > ${retainedFrom} - ${CHUNK}`

/** Maximum number of rows that `selectTexts` reads for each chunk: its own, and the one from which it is found. */
export const ROWS_OF_CHUNK = 2

/** A part of a series: the chunks with readings in `[from, to)`, from the oldest or from the newest on. */
export interface ChunkRange {
  from: SQL | number
  to: SQL | number
  /** The walk ends when the chunks after the first contain this many readings. */
  limit: SQL | number
  order: 'oldest' | 'newest'
}

/** A chunk `c` as one text: its number of readings in four digits, then `TEXTS_JSON`. */
const countedTexts = sql.raw(`format('%04d', ${readingCount('c.')}) || ${TEXTS_JSON}`)
/** The number of readings of such a text, and the start of its chunk. */
const countOfText = sql.raw('cast(substr(chunk, 1, 4) as integer)')
const startOfText = sql.raw('cast(substr(chunk, 6, 17) as integer)')

/**
 * Returns SQL for the texts of the chunks of a range as a JSON array in any order. It seeks one chunk after the other, each as one text,
 * so it reads two rows for each chunk of the result. A chunk that retention has trimmed ends the walk.
 */
export const selectTexts = (seriesPk: SQLWrapper, { from, to, limit, order }: ChunkRange): SQL<string> => {
  const isInRange = sql`c.series_pk = ${seriesPk} and c.start > ${from} - ${CHUNK} and c.start < ${to}`
  // SQLite uses one lower and one upper bound of an index, so a step names no other bound on the side where it begins.
  const isNext =
    order === 'oldest'
      ? sql`c.series_pk = ${seriesPk} and c.start > ${startOfText} and c.start < ${to}`
      : sql`c.series_pk = ${seriesPk} and c.start < ${startOfText} and c.start > ${from} - ${CHUNK}`
  const first = sql`c.start ${sortDirection(order)} limit 1`
  // The readings of the first chunk do not count, because the range may begin within it.
  return sql<string>`(with recursive walk(chunk, readings) as (
    select * from (select ${countedTexts}, -(${sql.raw(readingCount('c.'))}) from chunks as c
      where ${isInRange} and c.times is not null order by ${first})
    union all select (select ${countedTexts} from chunks as c where ${isNext} order by ${first}), readings + ${countOfText}
      from walk where readings + ${countOfText} < ${limit})
  select ${joinArrays('substr(chunk, 5)')} from walk)`
}

/**
 * Returns SQL for one text of all chunks from a time on, as a JSON array of arrays of the start and the text, for `parseColumns`. A day
 * of 86,400 readings fits the 2 MB of a value of D1, each text by itself.
 */
export const selectColumn = (seriesPk: SQLWrapper, column: string, from: SQL): SQL<string> =>
  sql<string>`(select ${joinArrays(`'[' || c.start || ',[' || ${orEmpty(`c.${column}`)} || ']]'`)} from chunks as c
    where c.series_pk = ${seriesPk} and c.times is not null and c.start > ${from} - ${CHUNK})`

/** Returns SQL for the number of readings in the chunks from the one that contains a time on. */
export const countAround = (seriesPk: SQLWrapper, time: SQL) =>
  sql`(select coalesce(sum(${sql.raw(readingCount(''))}), 0) from chunks where series_pk = ${seriesPk} and start > ${time} - ${CHUNK})`

/** Returns SQL for the texts of the chunks with the newest readings, and possibly more of them. */
export const selectNewestTexts = (seriesPk: SQLWrapper, readings: SQL | number): SQL<string> =>
  selectTexts(seriesPk, { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER, limit: readings, order: 'newest' })

/**
 * Returns SQL for the reading with a time as the table `reading`, with the columns of its chunk and its `position` in the texts. The
 * position is the number of commas before it, so that no row is read for each reading of the chunk.
 */
export const readingAtTime = (seriesPk: SQL, time: number): SQL => {
  const start = chunkStart(time)
  return sql`(select *, length(before) - length(replace(before, ',', '')) as position from (
    select *, substr(times, 1, instr(',' || times || ',', ${`,${time - start},`}) - 1) as before
    from chunks where series_pk = ${seriesPk} and start = ${start} and instr(',' || times || ',', ${`,${time - start},`}))) as reading`
}

/** Returns SQL for a figure of the table `reading` of `readingAtTime`. */
export const figureAtTime = (name: FieldName): string => valueAt(`reading.${name}`, 'reading.position')

/** Returns SQL for the time of the newest reading of a series; null without readings. It reads one row. */
export const newestTime = (seriesPk: SQLWrapper) =>
  sql<number | null>`(select last from chunks where series_pk = ${seriesPk} order by start desc limit 1)`

/** The time of the oldest retained reading of the surrounding `series`; null without readings. It reads one row. */
export const oldestTime = sql<number | null>`(select start + cast(times as integer) from chunks
  where series_pk = series.pk and ${isRetained} order by start limit 1)`

/** Returns SQL for the newest reading of a series as JSON text; null without readings. */
export const newestReading = (seriesPk: SQLWrapper) =>
  sql<string | null>`(select ${readingJson(sql`'time', last`, (name) => valueAt(name, `(${readingCount('')} - 1)`))} from chunks
    where series_pk = ${seriesPk} and times is not null order by start desc limit 1)`

/**
 * Returns SQL for the sums of the chunks of a range as a JSON array in any order, for `parseSums`: at most `limit` of those from
 * `alignedFrom` on, and of those before it, which have their texts too. Bounds of an index are evaluated once, conditions for each row.
 */
export const selectSums = (
  seriesPk: SQLWrapper,
  { from, to, limit, order }: ChunkRange & { limit: number },
  alignedFrom: SQL,
): SQL<string> => {
  const part = (lower: SQL, upper: SQL | number, texts: SQL) => sql`select * from (
    select json_array(start, ${sql.raw(SUM_COLUMNS.map((name) => `c.${name}`).join(', '))}, ${texts}) as sums from chunks as c
    where series_pk = ${seriesPk} and start > ${lower} and start < ${upper} order by start ${sortDirection(order)} limit ${literal(limit)})`
  return sql<string>`(select ${joinArrays('sums')} from (
    ${part(sql`max(${from} - ${CHUNK}, ${alignedFrom} - 1)`, to, sql`null`)}
    union all ${part(sql`${from} - ${CHUNK}`, sql`min(${to}, ${alignedFrom})`, sql`json(${sql.raw(TEXTS_JSON)})`)}))`
}
