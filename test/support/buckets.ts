import { env } from 'cloudflare:workers'

/** The sums of hours or days that are shown of a factory of the first organisation, as they are stored, in order. */
export const storedBuckets = async (id: number, table: 'hours' | 'days') => {
  const { results } = await env.DB.prepare(
    `select start, actual, goal, compared, readings, goal_readings from ${table} where calendar = (select calendar from series
     where number = (select series from factories where organisation = 1 and id = ?)) order by start`,
  )
    .bind(id)
    .all()
  return results
}
