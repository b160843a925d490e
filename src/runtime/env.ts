import type { Variables } from './config.ts'

/** Rate limiters that wrangler.toml declares (runtime/rate-limit-policies.ts). */
export type Limiters = Record<
  | 'READ_LIMIT'
  | 'BODY_LIMIT'
  | 'WRITE_LIMIT'
  | 'ADMIN_LIMIT'
  | 'DATABASE_LIMIT'
  | 'DATABASE_LARGE_LIMIT'
  | 'ANONYMOUS_LIMIT'
  | 'ANONYMOUS_DATABASE_LIMIT'
  | 'ANONYMOUS_LARGE_LIMIT'
  | 'KEY_LOOKUPS_LIMIT'
  | 'NETWORK_LIMIT'
  | 'NETWORK_DATABASE_LIMIT'
  | 'NETWORK_LARGE_LIMIT'
  | 'NETWORK_LOOKUPS_LIMIT',
  RateLimit
>

/** The bindings and variables that wrangler.toml declares. */
export interface Env extends Variables, Limiters {
  DB: D1Database
  CACHE: KVNamespace
  /** The files of the pages. */
  ASSETS: Fetcher
}
