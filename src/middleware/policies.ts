/**
 * What one key, or one address where there is no key, may do at one location: so many in so many seconds. The platform counts
 * them (wrangler.toml), each location for itself and approximately.
 */
export const POLICIES = {
  /** Every request. */
  read: { quota: 24_000, seconds: 60 },
  /** Answers to reads that carry a body: whoever revalidates and is told that nothing has changed spends none of it. */
  body: { quota: 12_000, seconds: 60 },
  /** Everything but GET and HEAD. */
  write: { quota: 6_000, seconds: 60 },
  /** Keys, the organisation and its log. */
  admin: { quota: 600, seconds: 60 },
  /** Keys that are none, by address. */
  'failed-keys': { quota: 60, seconds: 60 },
} as const

export type Policy = keyof typeof POLICIES

/** What every answer says (draft-ietf-httpapi-ratelimit-headers). What is left of it nobody knows, so nobody says. */
export const RATE_LIMIT_POLICY = Object.entries(POLICIES)
  .map(([name, { quota, seconds }]) => `"${name}";q=${quota};w=${seconds}`)
  .join(', ')
