import production from '../../../src/index.ts'
import type { Env } from '../../../src/runtime/env.ts'
import { countBindings } from '../../support/counting.ts'
import type { Counter, Counts, Sent } from '../../support/counting.ts'
import { UNLIMITED } from '../../support/unlimited.ts'

/** What `/counted` answers: what was asked of the bindings since it was last asked, and whether something is still under way. */
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
 * The production bundle with counted bindings. `GET /counted` says whether work is under way, `POST` takes the counts, and
 * `POST /tick?<minute>` is a tick of cron.
 */
export default {
  async fetch(request, env, context) {
    counter ??= countBindings({ ...env, ...UNLIMITED })
    const { pathname, search } = new URL(request.url)
    if (pathname === '/counted') {
      const { trips } = counter
      const answer = { pending, trips, logLines, counts: {} }
      if (request.method === 'POST') {
        answer.counts = counter.take()
        logLines = 0
      }
      return Response.json(answer)
    }
    const waitUntil = (work: Promise<unknown>) => {
      pending++
      context.waitUntil(work.finally(() => pending--))
    }
    const counting = { waitUntil, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
    if (pathname !== '/tick') return production.fetch(request, counter.env, counting)
    const controller = { scheduledTime: 60_000 * Number(search.slice(1)), cron: '* * * * *', noRetry: () => {} } as ScheduledController
    await production.scheduled(controller, counter.env)
    return new Response()
  },
} satisfies ExportedHandler<Env>
