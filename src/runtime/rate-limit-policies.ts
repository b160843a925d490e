import type { Limiters } from './env.ts'

/** A quota in a time window, and the binding that counts it (wrangler.toml). */
interface RateLimit {
  quota: number
  seconds: number
  binding: keyof Limiters
}

/**
 * Rate limits of one API key at one location. The platform counts them, each location for itself and approximately. A binding
 * counts one for each call, so work is weighed by class: a question to the database is `database` or `database-large`.
 */
const KEY_POLICIES = {
  /** Requests. */
  read: { quota: 24_000, seconds: 60, binding: 'READ_LIMIT' },
  /** Answers to reads that carry a body. A 304 spends none. */
  body: { quota: 12_000, seconds: 60, binding: 'BODY_LIMIT' },
  /** Requests with a method other than GET and HEAD. */
  write: { quota: 6_000, seconds: 60, binding: 'WRITE_LIMIT' },
  /** Requests about keys, the organisation and its log. */
  admin: { quota: 600, seconds: 60, binding: 'ADMIN_LIMIT' },
  /** Reads that ask the database for at most `LIGHT_ROWS` rows (db/persist.ts). */
  database: { quota: 6_000, seconds: 60, binding: 'DATABASE_LIMIT' },
  /** Reads that ask the database for more. */
  'database-large': { quota: 600, seconds: 60, binding: 'DATABASE_LARGE_LIMIT' },
} as const satisfies Record<string, RateLimit>

/** Rate limits of one address: an IPv4 address, or an IPv6 /64. They hold for requests without a valid key. */
const ADDRESS_POLICIES = {
  anonymous: { quota: 3_000, seconds: 60, binding: 'ANONYMOUS_LIMIT' },
  'anonymous-database': { quota: 300, seconds: 60, binding: 'ANONYMOUS_DATABASE_LIMIT' },
  'anonymous-large': { quota: 60, seconds: 60, binding: 'ANONYMOUS_LARGE_LIMIT' },
  /** Look-ups of keys that the isolate does not know. */
  'key-lookups': { quota: 300, seconds: 60, binding: 'KEY_LOOKUPS_LIMIT' },
} as const satisfies Record<string, RateLimit>

/** Rate limits of one IPv6 network: a /56, and a /48. A customer is often given a whole one. */
const NETWORK_POLICIES = {
  network: { quota: 6_000, seconds: 60, binding: 'NETWORK_LIMIT' },
  'network-database': { quota: 600, seconds: 60, binding: 'NETWORK_DATABASE_LIMIT' },
  'network-large': { quota: 120, seconds: 60, binding: 'NETWORK_LARGE_LIMIT' },
  'network-lookups': { quota: 600, seconds: 60, binding: 'NETWORK_LOOKUPS_LIMIT' },
} as const satisfies Record<string, RateLimit>

export const RATE_LIMITS = { ...KEY_POLICIES, ...ADDRESS_POLICIES, ...NETWORK_POLICIES }
export type Policy = keyof typeof RATE_LIMITS

const inWords = (policies: Record<string, RateLimit>): string =>
  Object.entries(policies)
    .map(([name, { quota, seconds }]) => `"${name}";q=${quota};w=${seconds}`)
    .join(', ')

/** The RateLimit-Policy of answers to a valid key (draft-ietf-httpapi-ratelimit-headers). The remaining quota is not known. */
export const KEY_RATE_LIMIT_POLICY = inWords(KEY_POLICIES)
/** The RateLimit-Policy of all other answers. */
export const ADDRESS_RATE_LIMIT_POLICY = inWords({ ...ADDRESS_POLICIES, ...NETWORK_POLICIES })
