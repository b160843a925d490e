import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'

/**
 * Returns the SQL that starts a new cache epoch, which invalidates all cache entries at once because no KV key of the new epoch
 * exists. Isolates learn the epoch with their next look-up of an identity. The old entries have no row in the cache directory, so
 * reconcile deletes them, unless KV expires them first.
 */
export const startCacheEpoch = (): SQL[] => [
  sql`insert into cache_epochs (epoch) select max(unixepoch(), 1 + coalesce(max(epoch), 0)) from cache_epochs`,
  sql`delete from cache_entries`,
]
