/** The variables that wrangler.toml declares, as the platform gives them. */
export interface Variables {
  PLAN?: string
  PUBLIC_ORGANISATION?: string
  LEASE_SECONDS?: string
  MEMORY_SECONDS?: string
  PUBLISH_SECONDS?: string
  AUDIT_DAYS?: string
  RETENTION_DAYS?: string
  LOG_SAMPLE?: string
}

/** The variables of wrangler.toml, read once. */
export interface Config {
  /** Slug of the organisation that a request without a key reads as a viewer; empty for none. */
  publicOrganisation: string
  /** Operations of each kind, on D1 and on KV, that one invocation begins at most. */
  maxOperations: number
  /** Rows of the directory, and so entries of KV, that one organisation has at most. */
  maxCacheEntries: number
  /** Stale payloads are left to cron for so long, in ms; 0 publishes with the write. */
  deferMs: number
  /** How long a copy stays in KV after somebody wanted it; 60 s to a day. */
  leaseMs: number
  /** How long a payload is served from the isolate's own memory; 0 to a minute. */
  memoryMs: number
  /** Added to the pace of every document; 0 to 10 s, for the platform ends work half a minute after the answer. */
  extraPaceMs: number
  /** How long changes that destroy or govern are kept. */
  auditMs: number
  /** How long readings are kept one by one, in whole days; 0 for ever. Their sums stay. */
  retentionMs: number
  /** The share of reads that went well which the request log writes down, 0 to 1. */
  logSample: number
}

/** Reads a number from a variable, held between two bounds. */
const parseNumber = (value: string | undefined, fallback: number, least: number, most: number): number => {
  const number = Number(value)
  return Math.min(most, Math.max(least, value?.trim() && Number.isFinite(number) ? number : fallback))
}

/** Reads seconds from a variable, as milliseconds. */
const seconds = (...given: Parameters<typeof parseNumber>): number => 1000 * parseNumber(...given)

/**
 * What each plan of the platform allows. One invocation may send 1,000 statements to D1 and as many operations to KV on the
 * paid plan, 50 on the free one; what is left serves attempts that are repeated. The free plan has 1,000 puts a day: 8 copies
 * that are put each quarter of an hour take 768, and a lease of a day renews none of them in between.
 * https://developers.cloudflare.com/d1/platform/limits/ https://developers.cloudflare.com/kv/platform/limits/
 */
const PLANS = {
  paid: { maxOperations: 800, maxCacheEntries: 20_000, deferMs: 0, leastLeaseSeconds: 60, leastMemorySeconds: 0 },
  free: { maxOperations: 40, maxCacheEntries: 8, deferMs: 900_000, leastLeaseSeconds: 86_400, leastMemorySeconds: 60 },
} as const

/** What the variables say; one that is missing or no number has its default. */
export const parseConfig = (env: Variables): Config => {
  const { leastLeaseSeconds, leastMemorySeconds, ...plan } = PLANS[env.PLAN === 'free' ? 'free' : 'paid']
  return {
    ...plan,
    publicOrganisation: env.PUBLIC_ORGANISATION ?? '',
    leaseMs: seconds(env.LEASE_SECONDS, 3600, leastLeaseSeconds, 86_400),
    memoryMs: seconds(env.MEMORY_SECONDS, 5, leastMemorySeconds, 60),
    extraPaceMs: seconds(env.PUBLISH_SECONDS, 0, 0, 10),
    auditMs: 86_400 * seconds(env.AUDIT_DAYS, 365, 7, 36_500),
    retentionMs: 86_400 * seconds(env.RETENTION_DAYS, 0, 0, 36_500),
    logSample: parseNumber(env.LOG_SAMPLE, 0.01, 0, 1),
  }
}
