import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import { joinArrays } from './select.ts'
import { CHUNK } from './unpack.ts'
import { literal } from '../db/literal.ts'

/** Chunks before a span that tell the state at its start, and the usual step of the readings before it. */
const CHUNKS_BEFORE = 3

/**
 * Returns SQL for the states of the chunks of a span and of those before it, as a JSON array of arrays of the start and the states, in any
 * order, for `parseStateSpans`.
 */
export const selectStates = (seriesPk: SQLWrapper, { from, to }: { from: SQL | number; to: SQL | number }): SQL<string> => {
  const row = sql`select '[' || start || ',' || states || ']' as states from chunks where series_pk = ${seriesPk}`
  return sql<string>`(select ${joinArrays('states')} from (
    ${row} and start > ${from} - ${CHUNK} and start < ${to}
    union all select * from (${row} and start <= ${from} - ${CHUNK} and states <> '[0]' order by start desc limit ${literal(CHUNKS_BEFORE)})))`
}
