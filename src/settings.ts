/** The variables that wrangler.toml declares, as the platform gives them. */
export interface Variables {
  PUBLIC_ORGANISATION?: string
  LEASE_SECONDS?: string
  MEMORY_SECONDS?: string
  PUBLISH_SECONDS?: string
  AUDIT_DAYS?: string
  RETENTION_DAYS?: string
  LOG_SAMPLE?: string
}

/** The variables of wrangler.toml, read once. */
export interface Settings {
  /** Slug of the organisation that a request without a key reads as a viewer; empty for none. */
  publicOrganisation: string
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
const numberOf = (value: string | undefined, fallback: number, least: number, most: number): number => {
  const number = Number(value)
  return Math.min(most, Math.max(least, value?.trim() && Number.isFinite(number) ? number : fallback))
}

/** Reads seconds from a variable, as milliseconds. */
const seconds = (...given: Parameters<typeof numberOf>): number => 1000 * numberOf(...given)

/** What the variables say; one that is missing or no number has its default. */
export const readSettings = (env: Variables): Settings => ({
  publicOrganisation: env.PUBLIC_ORGANISATION ?? '',
  leaseMs: seconds(env.LEASE_SECONDS, 3600, 60, 86_400),
  memoryMs: seconds(env.MEMORY_SECONDS, 5, 0, 60),
  extraPaceMs: seconds(env.PUBLISH_SECONDS, 0, 0, 10),
  auditMs: 86_400 * seconds(env.AUDIT_DAYS, 365, 7, 36_500),
  retentionMs: 86_400 * seconds(env.RETENTION_DAYS, 0, 0, 36_500),
  logSample: numberOf(env.LOG_SAMPLE, 0.01, 0, 1),
})
