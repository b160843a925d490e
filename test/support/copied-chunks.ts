import { SUM_COLUMNS, TEXT_COLUMNS } from '../../src/chunks/chunk.ts'

/** The columns of a chunk that contain neither its series nor its times. */
export const COPIED_COLUMNS = [...TEXT_COLUMNS, ...SUM_COLUMNS, 'states'].join(', ')

/**
 * Returns SQL that copies chunks to other hours of their series, because a request for each hour takes too long.
 * @param step seconds from one copy to the next; negative for earlier hours
 * @param where condition of the chunks; `n` is the number of the copy, from 1 on
 */
export const copyChunks = (
  copies: number,
  step: number,
  where: string,
): string => `with recursive n(n) as (select 1 union all select n + 1 from n where n < ${copies})
  insert into chunks (series_pk, start, last, ${COPIED_COLUMNS}) select series_pk, start + n * ${step}, last + n * ${step}, ${COPIED_COLUMNS}
  from chunks cross join n where ${where}`
