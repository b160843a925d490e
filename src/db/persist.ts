import type { Isolate } from '../isolate.ts'
import { operationsLeft } from '../operations.ts'
import { isRefusal, isUnavailable } from './client.ts'

/** A question is put so often, and no more: the platform repeats reads itself, and what three tries do not get a fourth seldom does. */
const TRIES = 3
/** The longest pause before the second try; it doubles with each. */
const PAUSE_MS = 50
/** Questions of requests that an isolate has under way at once. D1 answers one at a time: more would only wait, and hold memory. */
export const MOST_AT_ONCE = 300

/** Waits before another try, a random time so that those who failed together do not come back together (full jitter). */
export const backOff = (isolate: Isolate, tries: number): Promise<void> =>
  isolate.clock.wait(Math.floor(Math.random() * PAUSE_MS * 2 ** (tries - 1)))

/**
 * Repeats work that D1 did not get to, where that cannot do harm: reads, and writes that come to the same when done twice.
 * A refusal (overload, a limit of the platform) is not asked again.
 */
export const persist = async <T>(isolate: Isolate, work: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === TRIES || operationsLeft(isolate) === 0 || isRefusal(error) || !isUnavailable(error)) throw error
      await backOff(isolate, tries)
    }
  }
}

/**
 * Work of a request on the database, refused where too much of it is under way already: an early 503 is better than a late one.
 * @throws what D1 itself throws when it has too much to do
 */
export const admit = async <T>(isolate: Isolate, work: () => Promise<T>): Promise<T> => {
  if (isolate.load.asking >= MOST_AT_ONCE) throw new Error('D1 DB is overloaded: this isolate waits for too many answers.')
  isolate.load.asking++
  try {
    return await work()
  } finally {
    isolate.load.asking--
  }
}
