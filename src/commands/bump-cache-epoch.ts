import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'

/**
 * Forgets every copy at once: a new epoch begins, in which no key of KV was ever written. Isolates learn of it when they next
 * ask who somebody is. What KV still holds is in no row of the directory, so the reconcile deletes it, unless it ends before.
 */
export const startCacheEpoch = (): SQL[] => [
  sql`insert into epochs (number) select max(unixepoch(), 1 + coalesce(max(number), 0)) from epochs`,
  sql`delete from copies`,
]
