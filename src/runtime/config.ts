/** The variables that wrangler.toml declares, as strings from the platform. */
export interface Variables {
  PLAN?: string
  PUBLIC_ORGANISATION?: string
  LEASE_SECONDS?: string
  MEMORY_SECONDS?: string
  PUBLISH_SECONDS?: string
  AUDIT_DAYS?: string
  RETENTION_DAYS?: string
  LOG_SAMPLE?: string
  FRAME_ANCESTORS?: string
}

/** The parsed variables of wrangler.toml. An isolate parses them when it starts. */
export interface Config {
  /** Slug of the organisation that a request without a key reads as a viewer. Empty without one. */
  publicOrganisation: string
  /** Maximum number of operations of each kind, on D1 and on KV, that one invocation begins. */
  maxOperations: number
  /** Maximum number of rows in the cache directory, and so of entries in KV, of one organisation. */
  maxCacheEntries: number
  /** Age in ms at which cron publishes a stale cache entry; 0 if the write itself publishes it. */
  deferMs: number
  /** Length of a lease, after which a cache entry leaves KV unless a reader requests it; 60 s to a day. */
  leaseMs: number
  /** Time for which a payload is served from the memory of the isolate; 0 to a minute. */
  memoryMs: number
  /**
   * Added to the minimum put interval of every document; 0 to 10 s. The limit exists because the platform stops work 30 s after
   * the response.
   */
  extraPaceMs: number
  /** Retention of audit entries that are not `appended` ones. */
  auditMs: number
  /** Retention of single readings, in whole days; 0 for no limit. Their sums stay. */
  retentionMs: number
  /** Share of successful reads that the request log contains, 0 to 1. */
  logSample: number
  /** The origins that may show a wall in a frame, as a source list of `frame-ancestors`. */
  frameAncestors: string
}

/** Parses a variable as a number and clamps it to `min` and `max`. Returns the fallback for a variable that is no number. */
const parseNumber = (value: string | undefined, fallback: number, min: number, max: number): number => {
  const number = Number(value)
  return Math.min(max, Math.max(min, value?.trim() && Number.isFinite(number) ? number : fallback))
}

/** An origin such as https://intranet.example.com or http://localhost:3000. `*.` at the start of the host means every subdomain. */
const ORIGIN = /^https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i

/** Parses origins that are separated by spaces. Other words are ignored, so that they cannot change the policy. */
const parseOrigins = (value = ''): string =>
  value
    .split(/\s+/)
    .filter((word) => ORIGIN.test(word))
    .join(' ') || "'none'"

/** Parses a variable in seconds. Returns milliseconds. */
const parseSeconds = (...parameters: Parameters<typeof parseNumber>): number => 1000 * parseNumber(...parameters)

/**
 * Bounds of each plan of the platform. One invocation may send 1,000 statements to D1 and 1,000 operations to KV on the paid
 * plan, 50 of each on the free plan; the difference to `maxOperations` is left for retries. The free plan has 1,000 puts a day:
 * 8 cache entries that are put every quarter of an hour take 768, and a lease of a day needs no put for its renewal.
 * https://developers.cloudflare.com/d1/platform/limits/ https://developers.cloudflare.com/kv/platform/limits/
 */
const PLANS = {
  paid: { maxOperations: 800, maxCacheEntries: 20_000, deferMs: 0, minLeaseSeconds: 60, minMemorySeconds: 0 },
  free: { maxOperations: 40, maxCacheEntries: 8, deferMs: 900_000, minLeaseSeconds: 86_400, minMemorySeconds: 60 },
} as const

/** Parses the variables. A variable that is missing or no number has its default. */
export const parseConfig = (env: Variables): Config => {
  const { minLeaseSeconds, minMemorySeconds, ...plan } = PLANS[env.PLAN === 'free' ? 'free' : 'paid']
  return {
    ...plan,
    publicOrganisation: env.PUBLIC_ORGANISATION ?? '',
    leaseMs: parseSeconds(env.LEASE_SECONDS, 3600, minLeaseSeconds, 86_400),
    memoryMs: parseSeconds(env.MEMORY_SECONDS, 5, minMemorySeconds, 60),
    extraPaceMs: parseSeconds(env.PUBLISH_SECONDS, 0, 0, 10),
    auditMs: 86_400 * parseSeconds(env.AUDIT_DAYS, 365, 7, 36_500),
    retentionMs: 86_400 * parseSeconds(env.RETENTION_DAYS, 0, 0, 36_500),
    logSample: parseNumber(env.LOG_SAMPLE, 0.01, 0, 1),
    frameAncestors: parseOrigins(env.FRAME_ANCESTORS),
  }
}
