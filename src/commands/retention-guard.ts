import { sql } from 'drizzle-orm'
import { sqlTemplate } from '../db/sql-template.ts'
import { Problem } from '../errors.ts'
import type { Actor, Guard } from './mutation.ts'

/** What a reading hears that is older than those that are kept. */
export const BEFORE_RETENTION =
  'It is older than the readings that are still kept; of its time only sums remain, and they stay as they are.'

/** Some reading of a write is older than those that are kept. Which one is for its route to say: it knows where each stood. */
export class BeforeRetention extends Problem {
  constructor() {
    super('invalid-content', BEFORE_RETENTION)
  }
}

const noneBeforeRetention = sqlTemplate<[organisation: number, oldest: string]>(
  (organisation, oldest) => sql`not exists (select 1 from json_each(${oldest}) as given
      cross join factories as f on f.organisation = ${organisation} and f.id = given.value ->> 0
      cross join series as s on s.number = f.series where s.trimmed_before > given.value ->> 1)`,
)

/** The guard that readings are not older than those that are kept, by the oldest of each factory: their sums must stay. */
export const withinRetention = ({ organisation }: Actor, given: readonly { factory: number; time: number }[]): Guard => {
  const oldest = new Map<number, number>()
  for (const { factory, time } of given) oldest.set(factory, Math.min(time, oldest.get(factory) ?? time))
  return {
    condition: noneBeforeRetention(organisation, JSON.stringify([...oldest])),
    problem: () => new BeforeRetention(),
  }
}
