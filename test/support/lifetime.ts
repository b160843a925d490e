import { AsyncLocalStorage } from 'node:async_hooks'

/** An isolate or a request. After its end, code that waits for a binding never continues. */
export interface Life {
  ended: boolean
}

/** Returns a promise that never settles. Each waiter gets a separate one: a shared promise would retain all of them. */
const waitForEver = () => new Promise<never>(() => {})

/** The request or cron run that the running code belongs to, if any. */
export const requests = new AsyncLocalStorage<Life>()

/**
 * Returns the result of the work, unless the isolate or the request has ended by then. In that case the promise never
 * settles.
 */
export const unlessEnded = <T>(isolate: Life, work: Promise<T>): Promise<T> => {
  const request = requests.getStore()
  const isRunning = () => !isolate.ended && !request?.ended
  return work.then(
    (value) => (isRunning() ? value : waitForEver()),
    (error: unknown) => {
      if (isRunning()) throw error
      return waitForEver()
    },
  )
}
