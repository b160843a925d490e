import type { Env } from '../../src/env.ts'

const limiter: RateLimit = { limit: async () => ({ success: true }) }

/** Limiters that let everything pass: the real ones count in real time. */
export const UNLIMITED = {
  READ_LIMIT: limiter,
  BODY_LIMIT: limiter,
  WRITE_LIMIT: limiter,
  ADMIN_LIMIT: limiter,
  FAILED_KEYS: limiter,
} satisfies Partial<Env>
