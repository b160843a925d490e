import { env } from 'cloudflare:workers'

/** Returns the stored hours or days of the active rollup of a factory of organisation 1, in order of time. */
export const storedBuckets = async (id: number, table: 'hourly_rollups' | 'daily_rollups') => {
  const { results } = await env.DB.prepare(
    `select start, actual, goal, compared, readings, goal_readings from ${table} where rollup_pk = (select rollup_pk from series
     where pk = (select series_pk from factories where organisation_pk = 1 and id = ?)) order by start`,
  )
    .bind(id)
    .all()
  return results
}
