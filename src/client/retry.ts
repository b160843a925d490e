/** First delay in ms without Retry-After. It doubles with each attempt. */
const FIRST_DELAY_MS = 500
/** Longest Retry-After in ms that the client waits for. The longest window of a rate limit has 60 s. */
export const MAX_DELAY_MS = 65_000

/** True if a second attempt has the same result as the first, so that the client may repeat a request without a response. */
export const isRepeatable = ({ method, headers }: Request): boolean =>
  method === 'GET' || headers.has('Idempotency-Key') || (!headers.has('If-Match') && method !== 'PATCH')

/** Returns the delay in ms that Retry-After states, as seconds or as a date (RFC 9110, section 10.2.3). */
export const parseRetryAfter = (headers: Headers, now: number): number | undefined => {
  const value = headers.get('Retry-After')?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Returns the delay in ms before the next attempt. The random share spreads the attempts of many clients. */
export const computeDelay = (attempt: number, retryAfterMs: number | undefined, random: () => number): number =>
  retryAfterMs === undefined ? FIRST_DELAY_MS * 2 ** attempt * (0.5 + random() / 2) : retryAfterMs * (1 + random() / 10)

/** Resolves after a delay. Rejects with the reason of the signal when it aborts. */
export const wait = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
