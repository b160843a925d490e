import { WELL_D1 } from '../support/simulated-d1.ts'
import { WELL_KV } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import type { WriteRequest } from './readings-model.ts'
import type { Scenario } from './scenario.ts'
import { ORGANISATIONS, REASON, scheduleWith } from './seed-database.ts'
import { planTraffic } from './traffic.ts'

/**
 * Maximum age of a read: 10 s of minimum put interval of lists, 60 s of propagation, 30 s of `cacheTtl` at a location, 30 s of
 * memory, and 30 s for the duration of each step.
 */
const AGE_MS = 160_000
/** Duration of a claim, plus the difference of two clocks. */
const CLAIM_END_MS = 65_000

/**
 * Builds runs without faults and without cron, because cron would hide errors of the protocol. The platform delays puts, and
 * clients reset connections. In some runs a put fails but still lands, within the duration of its claim.
 */
export const noFaults = (timeline: Timeline): Scenario => {
  const hasUnknownPuts = timeline.chance(0.3)
  return {
    kvFaults: hasUnknownPuts ? { ...WELL_KV, inDoubt: 0.2, lateMs: 20_000 } : WELL_KV,
    d1Faults: WELL_D1,
    factories: 2,
    leases: ['120', '600', '3600'],
    memories: ['0', '5', '5', '30'],
    hasFaults: false,
    maxAgeMs: () => (hasUnknownPuts ? undefined : AGE_MS),
    async play(run) {
      const { kv, isolates, clients, report, reportError, recordViolations } = run
      planTraffic(run)
      await timeline.run()
      recordViolations(false)
      // The claims of unknown puts expire, and no further put is unknown.
      kv.faults = WELL_KV
      await timeline.run(timeline.now + CLAIM_END_MS)
      // A publisher without time releases its claims for cron or the next commit. Cron does not run, so writes to every resource follow.
      const writes: WriteRequest[] = [
        ['PATCH', '/api/factory/0', { name: 'end' }],
        ['PATCH', '/api/factory/1', { name: 'end' }],
        ['PATCH', '/api/sprocket/0', { teeth: 999 }],
        ['PUT', '/api/factory/0/schedule', scheduleWith(999)],
        ['PATCH', '/api/stop-annotation/0', { note: 'end' }],
        ['PUT', '/api/stop-reasons', { reasons: [{ ...REASON, name: 'end' }] }],
        ['POST', '/api/readings', { readings: [0, 1].map((factory) => ({ factory, time: 9, actual: 1 })) }],
      ]
      for (const { pk } of ORGANISATIONS) for (const write of writes) void clients.write(isolates[0]!, write, pk).catch(reportError)
      await timeline.run()
      // After an unknown put, the same bytes are put again.
      if (!hasUnknownPuts) for (const key of kv.repeatedPuts) report(`${key} was put twice with the same bytes and lease`)
    },
  }
}
