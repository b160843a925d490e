import type { Isolate } from '../runtime/isolate.ts'
import { remainingOperations } from '../runtime/operation-budget.ts'
import { isRejection, isUnavailable } from './client.ts'

/** Maximum number of attempts of a query. D1 retries reads itself, so a fourth attempt rarely succeeds. */
const MAX_ATTEMPTS = 3
/** The longest pause before the second attempt. It doubles with each further attempt. */
const MAX_FIRST_PAUSE_MS = 50

/** Waits for a random time before the next attempt, so that clients that failed together do not retry together (full jitter). */
export const backoff = (isolate: Isolate, attempt: number): Promise<void> =>
  isolate.clock.sleep(Math.floor(Math.random() * MAX_FIRST_PAUSE_MS * 2 ** (attempt - 1)))

/**
 * Retries work while D1 is unavailable, `MAX_ATTEMPTS` times in total. The work must be a read or an idempotent write. A
 * rejection (overload, a limit of the platform) is not retried.
 */
export const withRetries = async <T>(isolate: Isolate, work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || remainingOperations(isolate) === 0 || isRejection(error) || !isUnavailable(error)) throw error
      await backoff(isolate, attempt)
    }
  }
}
