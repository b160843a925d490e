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

/** The same in words, for the contract. */
export const POLICIES_IN_WORDS = `In ${POLICIES.read.seconds} seconds one key, or one address without a key, may send \
${POLICIES.read.quota.toLocaleString('en')} requests, ${POLICIES.write.quota.toLocaleString('en')} of them writes and \
${POLICIES.admin.quota.toLocaleString('en')} about keys and the organisation, and gets ${POLICIES.body.quota.toLocaleString('en')} answers \
with a body: one that says that nothing has changed costs none. One address may send ${POLICIES['failed-keys'].quota} keys that are not valid.`
