import { env } from 'cloudflare:workers'

/** Returns the stored hours or days of the active rollup of a factory of organisation 1, in order of time. */
export const storedBuckets = async (id: number, table: 'hours' | 'days') => {
  const { results } = await env.DB.prepare(
    `select start, actual, goal, compared, readings, goal_readings from ${table} where calendar = (select calendar from series
     where number = (select series from factories where organisation = 1 and id = ?)) order by start`,
  )
    .bind(id)
    .all()
  return results
}
