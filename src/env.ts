import type { Variables } from './settings.ts'

/** The bindings and variables that wrangler.toml declares. */
export interface Env extends Variables {
  DB: D1Database
  CACHE: KVNamespace
  READ_LIMIT: RateLimit
  BODY_LIMIT: RateLimit
  WRITE_LIMIT: RateLimit
  ADMIN_LIMIT: RateLimit
  FAILED_KEYS: RateLimit
}
