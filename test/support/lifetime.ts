import { AsyncLocalStorage } from 'node:async_hooks'

/** What can end under running code: an isolate dies, a request is closed. Its input and output then never come back. */
export interface Life {
  ended: boolean
}

/** A promise that the platform never settles. One for each who waits: a shared one would keep all of them for ever. */
const waitForEver = () => new Promise<never>(() => {})

/** The request or minute of cron, if any, that the running code belongs to. */
export const requests = new AsyncLocalStorage<Life>()

/** Passes an outcome on to code that still lives by then. */
export const unlessEnded = <T>(isolate: Life, work: Promise<T>): Promise<T> => {
  const request = requests.getStore()
  const alive = () => !isolate.ended && !request?.ended
  return work.then(
    (value) => (alive() ? value : waitForEver()),
    (error: unknown) => {
      if (alive()) throw error
      return waitForEver()
    },
  )
}
