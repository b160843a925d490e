import type { Actor } from '../commands/mutation.ts'

/** Returns the actor of cron in the audit log: no key, and `cron` as request id. */
export const cronActor = (organisation: number): Actor => ({ organisation, key: null, requestId: 'cron', userAgent: null, country: null })
