import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import { QUARTERS, sumColumn } from './chunk.ts'
import { isCount, SUM_NAMES, total } from './sums.ts'
import type { SumName } from './sums.ts'
import { selectTexts } from './select.ts'

/** Returns SQL for a sum of chunks: the sum of its four quarters. */
const sumOfChunks = (name: SumName): string => {
  const quarters = QUARTERS.map((quarter) => sumColumn(name, quarter))
  return isCount(name) ? `coalesce(sum(${quarters.join(' + ')}), 0)` : total(...quarters)
}

/** Returns SQL for the sums of the chunks that start at or after a time, as a JSON array. */
export const sumsFrom = (seriesPk: SQLWrapper, from: SQL): SQL<string> =>
  sql<string>`(select json_array(${sql.raw(SUM_NAMES.map(sumOfChunks).join(', '))}) from chunks where series_pk = ${seriesPk} and start >= ${from})`

/** Returns SQL for the texts of the chunk that contains a time and starts before it, as a JSON array with at most one element. */
export const textsAround = (seriesPk: SQLWrapper, time: SQL): SQL<string> =>
  selectTexts(seriesPk, { from: time, to: time, limit: 0, order: 'newest' })
