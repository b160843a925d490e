import { parseConfig } from '../../src/runtime/config.ts'
import type { RequestIsolate } from '../../src/runtime/isolate.ts'
import { createState } from '../../src/runtime/state.ts'

/** Maximum number of calls of the clock, and of pauses, of a test. */
const MAX_CALLS = 1_000_000
const MAX_PAUSES = 100

const nextTask = () => new Promise<void>((resolve) => setTimeout(resolve))

/** Returns an isolate that can look up identities, at time 0. A test sets its clock. Only pauses advance it. */
export const makeIdentityIsolate = () => {
  let now = 0
  let calls = 0
  let pauses = 0
  let onPause = () => {}
  /** Work after the response. */
  const background: Promise<unknown>[] = []
  /** Time limits that the isolate has set, in ms. */
  const limits: number[] = []
  const isolate = {
    state: createState(),
    config: parseConfig({}),
    usage: { begun: 0, kvReads: 0, kvWrites: 0 },
    clock: {
      now: () => {
        // A loop without an end must not block the process.
        if (++calls > MAX_CALLS) throw new Error('Too many calls of the clock.')
        return now
      },
      sleep: (ms: number) => {
        if (++pauses > MAX_PAUSES) throw new Error('Too many pauses.')
        return nextTask().then(() => {
          now += ms
          onPause()
        })
      },
      // Ends some time after the work. Code that waits only for the work then finds its effects missing.
      withTimeout: async <T>(ms: number, work: Promise<T>) => {
        limits.push(ms)
        const result = await work
        await nextTask()
        return result
      },
    },
    request: { waitUntil: (work: Promise<unknown>) => void background.push(work) },
  } as unknown as RequestIsolate
  return {
    isolate,
    limits,
    background,
    now: () => now,
    setTime: (time: number) => {
      now = time
    },
    /** Calls a function after each pause. */
    afterPause: (act: () => void) => {
      onPause = act
    },
    /** Waits for all work after the response. */
    drain: () => Promise.all(background),
  }
}

export type IdentityIsolate = ReturnType<typeof makeIdentityIsolate>
