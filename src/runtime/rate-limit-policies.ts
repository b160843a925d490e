import type { Limiters } from './env.ts'

/** A quota per time window, and the binding of wrangler.toml that counts it. */
interface RateLimit {
  quota: number
  seconds: number
  binding: keyof Limiters
}

/**
 * Rate limits of one API key. The platform counts them approximately and separately in each location. A call of a binding
 * counts 1 and has no weight, so expensive work has separate policies: a query is `database` or `database-large`.
 */
const KEY_POLICIES = {
  /** Requests. */
  read: { quota: 24_000, seconds: 60, binding: 'READ_LIMIT' },
  /** Responses to reads that have a body. A 304 does not count. */
  body: { quota: 12_000, seconds: 60, binding: 'BODY_LIMIT' },
  /** Requests with a method other than GET and HEAD. */
  write: { quota: 6_000, seconds: 60, binding: 'WRITE_LIMIT' },
  /** Requests for keys, the organisation and its audit log. */
  admin: { quota: 600, seconds: 60, binding: 'ADMIN_LIMIT' },
  /** Queries of reads that read at most `LIGHT_ROWS` rows (db/pending-queries.ts). */
  database: { quota: 6_000, seconds: 60, binding: 'DATABASE_LIMIT' },
  /** Queries of reads that read more rows. */
  'database-large': { quota: 600, seconds: 60, binding: 'DATABASE_LARGE_LIMIT' },
} as const satisfies Record<string, RateLimit>

/** Rate limits of one address: an IPv4 address, or an IPv6 /64. They apply to requests without a valid key. */
const ADDRESS_POLICIES = {
  anonymous: { quota: 3_000, seconds: 60, binding: 'ANONYMOUS_LIMIT' },
  'anonymous-database': { quota: 300, seconds: 60, binding: 'ANONYMOUS_DATABASE_LIMIT' },
  'anonymous-large': { quota: 60, seconds: 60, binding: 'ANONYMOUS_LARGE_LIMIT' },
  /** Look-ups of keys that the identity cache of the isolate does not have. */
  'key-lookups': { quota: 300, seconds: 60, binding: 'KEY_LOOKUPS_LIMIT' },
} as const satisfies Record<string, RateLimit>

/** Rate limits of one IPv6 network: a /56, and a /48. Providers often assign a whole one to a single customer. */
const NETWORK_POLICIES = {
  network: { quota: 6_000, seconds: 60, binding: 'NETWORK_LIMIT' },
  'network-database': { quota: 600, seconds: 60, binding: 'NETWORK_DATABASE_LIMIT' },
  'network-large': { quota: 120, seconds: 60, binding: 'NETWORK_LARGE_LIMIT' },
  'network-lookups': { quota: 600, seconds: 60, binding: 'NETWORK_LOOKUPS_LIMIT' },
} as const satisfies Record<string, RateLimit>

export const RATE_LIMITS = { ...KEY_POLICIES, ...ADDRESS_POLICIES, ...NETWORK_POLICIES }
export type Policy = keyof typeof RATE_LIMITS

const formatPolicies = (policies: Record<string, RateLimit>): string =>
  Object.entries(policies)
    .map(([name, { quota, seconds }]) => `"${name}";q=${quota};w=${seconds}`)
    .join(', ')

/** `RateLimit-Policy` of responses to a valid key (draft-ietf-httpapi-ratelimit-headers). The remaining quota is unknown. */
export const KEY_RATE_LIMIT_POLICY = formatPolicies(KEY_POLICIES)
/** `RateLimit-Policy` of all other responses. */
export const ADDRESS_RATE_LIMIT_POLICY = formatPolicies({ ...ADDRESS_POLICIES, ...NETWORK_POLICIES })
