import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { countBindings } from '../../support/counting.ts'
import type { Counter, Counts, Sent } from '../../support/counting.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

/** The response of `/counted`: operations since the last reset, and the number of pending background tasks. */
export interface Counted {
  counts: Counts
  trips: Sent[][]
  /** Lines written to the log. */
  logLines: number
  pending: number
}

let counter: Counter | undefined
let pending = 0
let logLines = 0

for (const level of ['log', 'warn', 'error'] as const) console[level] = () => void logLines++

/**
 * The production bundle with counting bindings. `GET /counted` returns the counts, `POST` also resets them, and `POST
 * /cron?<minute>` runs cron.
 */
export default {
  async fetch(request, env, context) {
    counter ??= countBindings({ ...env, ...UNLIMITED })
    const { pathname, search } = new URL(request.url)
    if (pathname === '/counted') {
      const { trips } = counter
      const state = { pending, trips, logLines, counts: {} }
      if (request.method === 'POST') {
        state.counts = counter.take()
        logLines = 0
      }
      return Response.json(state)
    }
    const waitUntil = (work: Promise<unknown>) => {
      pending++
      context.waitUntil(work.finally(() => pending--))
    }
    const counting = { waitUntil, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
    if (pathname !== '/cron') return production.fetch(request, counter.env, counting)
    const controller = { scheduledTime: 60_000 * Number(search.slice(1)), cron: '* * * * *', noRetry: () => {} } as ScheduledController
    await production.scheduled(controller, counter.env)
    return new Response()
  },
} satisfies ExportedHandler<Env>
