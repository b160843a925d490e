import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'
import { CHUNK_SECONDS, QUARTER_SECONDS, QUARTERS, sumColumn } from './chunk.ts'
import { packedStates, withChanges } from './states-sql.ts'
import { SUM_NAMES, sumOfReadings } from './sums.ts'
import { literal } from '../db/literal.ts'

/** Returns SQL with one part per field of a reading, such as `old.actual, old.goal`. */
export const eachField = (build: (name: FieldName) => string, separator = ', '): SQL => sql.raw(FIELD_NAMES.map(build).join(separator))

/** The columns of a reading's figures: `actual, goal`. */
export const figureColumns = eachField((name) => name)

/** The length of a chunk in seconds, as SQL. */
export const CHUNK = literal(CHUNK_SECONDS)

/** Returns SQL for the start of the chunk that contains a time. */
export const chunkStartAt = (time: SQL): SQL => sql`(${time} - (${time} % ${CHUNK} + ${CHUNK}) % ${CHUNK})`

/** Returns SQL for the text of a figure, which is empty if no reading has it. */
export const orEmpty = (text: string): string => `coalesce(${text}, '')`

/**
 * Returns SQL that unpacks texts to one row per reading, with the columns series_pk, factory, start, time, and one column per text.
 * @param from table with series_pk, factory, start and the texts
 * @param texts the columns of `from` by the name of the column in the result; the first is `times`, without which there is no row
 */
export const unpack = (from: string, texts: Record<string, string>, when = 'true'): SQL => {
  const [times, ...others] = Object.entries(texts)
  const item = (index: number) => `max(case part.key when ${index} then item.value end)`
  return sql.raw(`select series_pk, factory, start, start + ${item(0)} as time${others.map(([name], index) => `, ${item(index + 1)} as ${name}`).join('')}
    from ${from} as packed cross join json_each('[[' || ${[times![1], ...others.map(([, column]) => orEmpty(column))].join(` || '],[' || `)} || ']]') as part
    cross join json_each(part.value) as item where ${when} group by series_pk, start, item.key`)
}

/** The texts of the figures of a chunk, for `unpack`. */
export const chunkTexts = (prefix = ''): Record<string, string> => ({
  time: `${prefix}times`,
  ...mapFields(FIELD_NAMES, (name) => `${prefix}${name}`),
})

const quarterOf = `(time - start) / ${QUARTER_SECONDS}`

/** Returns SQL that packs a table of readings (series_pk, start, time, figures) to the columns of chunks. */
export const pack = (readings: SQL): SQL => {
  const join = (value: string) => `group_concat(${value}, ',' order by time)`
  const columns = [
    'series_pk',
    'start',
    'max(time)',
    join('time - start'),
    ...FIELD_NAMES.map((name) => `case when count(${name}) then ${join(`coalesce(${name}, 'null')`)} end`),
    ...QUARTERS.flatMap((quarter) =>
      SUM_NAMES.map((name) => `${sumOfReadings(name, `${quarterOf} = ${quarter}`)} as ${sumColumn(name, quarter)}`),
    ),
    packedStates,
  ]
  return sql`select ${sql.raw(columns.join(', '))} from (${withChanges(readings)}) group by series_pk, start`
}

/** Returns SQL for a value of a text by its index. */
export const valueAt = (text: string, index: string): string => `('[' || ${text} || ']') ->> ${index}`
