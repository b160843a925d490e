import { WELL_D1 } from '../support/simulated-d1.ts'
import { WELL_KV } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import { runCron, runCronUntilCoherent } from './cron-runs.ts'
import type { Scenario } from './scenario.ts'
import { planTraffic } from './traffic.ts'

const MINUTE = 60_000
const SPAN_MS = 12 * MINUTE

/**
 * Builds runs in which the operator returns D1 to an earlier state with time travel, and does not clear the cache. KV and the isolates
 * keep data that no longer exists. Reconcile and the ends of leases must repair all of it.
 */
export const restored = (timeline: Timeline): Scenario => ({
  kvFaults: WELL_KV,
  d1Faults: WELL_D1,
  factories: 2,
  leases: ['120', '3600'],
  memories: ['0', '5', '30'],
  hasFaults: true,
  // The numbers of the undone commits are used again.
  ignoresBookmarks: true,
  maxAgeMs: () => undefined,
  async play(run) {
    const sometime = () => timeline.between(0, SPAN_MS)
    for (let n = timeline.between(2, 5); n > 0; n--) timeline.after(sometime(), () => planTraffic(run))
    for (let ms = 0; ms < SPAN_MS; ms += MINUTE) timeline.after(ms, () => runCron(run, true))
    const [marked, from] = [sometime(), sometime()].toSorted((a, b) => a - b) as [number, number]
    timeline.after(marked, () => {
      const state = run.mark()
      timeline.after(from - marked, () => run.restore(state))
    })
    // Traffic lasts at most six minutes.
    await timeline.run(timeline.now + SPAN_MS + 6 * MINUTE)
    await runCronUntilCoherent(run, timeline.now + MINUTE)
  },
})
