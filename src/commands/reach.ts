import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Change } from '../db/changes.ts'
import { Problem } from '../errors.ts'
import type { Author, Guard } from './draft.ts'

/**
 * True where the reach of one key lies within that of another. A reach is a JSON array of factory ids, or null for all.
 * Both are expressions; neither may be called `inner` or `outer`.
 */
export const isWithin = (inner: SQL, outer: SQL): SQL => sql`(${outer} is null or (${inner} is not null and not exists (
  select 1 from json_each(${inner}) as asked where asked.value not in (select own.value from json_each(${outer}) as own))))`

/** The reach of a key as it is at the moment of the commit. */
const reachOf = (key: number) => sql`(select factories from api_keys where number = ${key})`

/** The guard that the author's key reaches these factories, or with null the whole organisation. */
export const reaches = ({ key }: Author, factories: SQL | readonly number[] | null, otherwise: () => Problem): Guard[] => {
  if (key === null) return []
  const asked = factories === null ? sql`null` : 'getSQL' in factories ? factories : sql`${JSON.stringify(factories)}`
  return [{ holds: isWithin(asked, reachOf(key.number)), otherwise }]
}

/** What a key that is limited to some factories hears of what concerns them all. */
export const beyondReach = () => new Problem('forbidden', 'The API key is limited to some factories; this concerns the whole organisation.')

/** The guards that the author's key still reaches what the change touches. */
export const reachGuards = (author: Author, change: Change): Guard[] => {
  switch (change.subject) {
    case 'readings':
    case 'factory': {
      const ids = 'factories' in change ? change.factories : 'factory' in change ? [change.factory] : null
      const [id] = ids ?? []
      if (ids === null) return reaches(author, null, beyondReach)
      return reaches(author, ids, () =>
        ids.length === 1
          ? new Problem('not-found', `There is no factory ${id}.`)
          : new Problem('conflict', 'A factory went out of the reach of the key while the readings were on their way.'),
      )
    }
    case 'organisation':
      return reaches(author, null, beyondReach)
    // The catalogue belongs to no factory. Keys have a reach of their own to compare, which commands/keys.ts does.
    case 'sprocket':
    case 'key':
      return []
  }
}
