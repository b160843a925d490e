import { sql } from 'drizzle-orm'
import type { SQLWrapper } from 'drizzle-orm'

/** Returns SQL for the newest readings of a series, newest first. It reads their rows of the index and no others. */
export const newestReadings = <T = unknown>(seriesPk: SQLWrapper, columns: SQLWrapper, limit: number) =>
  sql<T>`(select ${columns} from readings where series_pk = ${seriesPk} order by time desc limit ${limit})`

/** Returns SQL for the time of the newest reading of a series; null without readings. It reads one row of the index. */
export const newestTime = (seriesPk: SQLWrapper) => sql<number | null>`(select max(time) from readings where series_pk = ${seriesPk})`
