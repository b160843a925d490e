import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { WELL_D1, word } from '../support/simulated-d1.ts'
import { WELL_KV } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import type { Run, Scenario } from './scenario.ts'
import { runCronUntilCoherent } from './cron-runs.ts'
import { planTraffic } from './traffic.ts'

const MINUTE = 60_000
const dialect = new SQLiteSyncDialect()

/**
 * Builds runs with faults: KV and D1 fail, hang or are down, isolates are terminated, releases are deployed and rolled back, and
 * cache epochs start. Cron repairs.
 */
export const faults = (timeline: Timeline): Scenario => ({
  kvFaults: { ...WELL_KV, inDoubt: 0.1, lost: 0.05, hangs: 0.05, lateMs: timeline.pick([500, 30_000, 100_000]) },
  d1Faults: { ...WELL_D1, before: 0.03, after: 0.03, late: 0.03, lateMs: 20_000 },
  factories: 2,
  leases: ['120', '600', '3600'],
  memories: ['0', '5', '5', '30'],
  hasFaults: true,
  maxAgeMs: () => undefined,
  async play(run) {
    const { kv, d1, code } = run
    const { end, sometime } = planTraffic(run)
    for (let n = timeline.between(0, 3); n > 0; n--) timeline.after(sometime(), () => run.replace(code))
    if (timeline.chance(0.2)) planRelease(run, sometime)
    planOutage(timeline, kv.faults, timeline.pick(['fails', 'hangs'] as const), sometime)
    planOutage(timeline, d1.faults, true, sometime)
    if (timeline.chance(0.1))
      timeline.after(sometime(), () =>
        d1.commit(code.cacheEpoch.startCacheEpoch().map((statement) => word(dialect.sqlToQuery(statement).sql))),
      )
    timeline.after(end + MINUTE, () => {
      kv.faults = WELL_KV
      d1.faults = WELL_D1
    })
    await runCronUntilCoherent(run, timeline.now + end + 2 * MINUTE)
  },
})

/** Plans a release that is deployed to every isolate and then rolled back. */
const planRelease = ({ timeline, isolates, next, code, replace }: Run, sometime: () => number): void => {
  if (!next) return
  const [from, to] = [sometime(), sometime()].toSorted((a, b) => a - b) as [number, number]
  for (const index of isolates.keys()) {
    timeline.after(from + timeline.between(0, 5_000), () => replace(next, index))
    timeline.after(Math.max(to, from + 5_001) + timeline.between(0, 5_000), () => replace(code, index))
  }
}

/** Plans an outage of a binding in a fifth of the runs. */
const planOutage = <Down>(timeline: Timeline, bindingFaults: { down: Down | undefined }, down: Down, sometime: () => number): void => {
  if (!timeline.chance(0.2)) return
  const from = sometime()
  timeline.after(from, () => Object.assign(bindingFaults, { down }))
  timeline.after(from + timeline.between(5_000, MINUTE), () => Object.assign(bindingFaults, { down: undefined }))
}
