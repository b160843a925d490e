import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { replaceChunks } from '../../src/chunks/changes.ts'
import { chunkStartAt } from '../../src/chunks/unpack.ts'

interface ChunkRow {
  start: number
  times: string | null
  actual: string | null
  goal: string | null
  scrap: string | null
}

const values = (text: string | null) => JSON.parse(`[${text ?? ''}]`) as (number | null)[]

const selectSeriesPk = `(select series_pk from factories where organisation_pk = 1 and id = ?)`

/** Returns the stored readings of a factory of organisation 1, in order of time. */
export const storedReadings = async (id: number) => {
  const { results } = await env.DB.prepare(
    `select start, times, actual, goal, scrap from chunks where series_pk = ${selectSeriesPk} order by start`,
  )
    .bind(id)
    .all<ChunkRow>()
  return results.flatMap(({ start, times, actual, goal, scrap }) => {
    if (times === null) return []
    const [actuals, goals, scraps] = [values(actual), values(goal), values(scrap)]
    return values(times).map((seconds, index) => ({
      time: start + seconds!,
      actual: actuals[index] ?? null,
      goal: goals[index] ?? null,
      ...(scraps[index] != null && { scrap: scraps[index] }),
    }))
  })
}

/** Returns the stored sums of the days of a factory of organisation 1, in order of time. Those of scrap are absent if they are null. */
export const storedDays = async (id: number) => {
  const { results } = await env.DB.prepare(
    `select start, actual, goal, scrap, compared, inspected, readings, goal_readings from daily_sums where series_pk = ${selectSeriesPk} order by start`,
  )
    .bind(id)
    .all<{ start: number; scrap: number | null; inspected: number | null }>()
  return results.map(({ scrap, inspected, ...sums }) => (scrap === null ? sums : { ...sums, scrap, inspected }))
}

/**
 * Stores readings in chunks, without the sums of days. Thousands of requests would take too long.
 * @param readings SQL that selects series_pk, time, actual and goal
 */
export const storeReadings = async (readings: string): Promise<void> => {
  await replaceChunks(
    drizzle(env.DB),
    sql`select series_pk, ${chunkStartAt(sql`time`)} as start, time, actual, goal, null as scrap from (${sql.raw(readings)})`,
  ).run()
}
