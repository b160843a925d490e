import { WELL_D1 } from '../support/simulated-d1.ts'
import { WELL_KV } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import type { Scenario } from './scenario.ts'
import { planTraffic } from './traffic.ts'

/** A copy is put a moment after its commit (lists within their pace), shown elsewhere a minute later, kept there for half a minute and in memory for half a minute at most. */
const AGE_MS = 160_000
/** As long as a claim lasts, and clocks may differ. */
const CLAIM_MS = 65_000

/**
 * Nothing fails but what the platform does every day, clients hang up, and no cron runs, so that whatever cron would hide
 * shows. In some runs puts fail that land nevertheless, within the time of a claim.
 */
export const well = (timeline: Timeline): Scenario => {
  const doubtful = timeline.chance(0.3)
  return {
    kvFaults: doubtful ? { ...WELL_KV, inDoubt: 0.2, lateMs: 20_000 } : WELL_KV,
    d1Faults: WELL_D1,
    factories: 2,
    leases: ['120', '600', '3600'],
    memories: ['0', '5', '5', '30'],
    isIll: false,
    mostAgeMs: () => (doubtful ? undefined : AGE_MS),
    async play(run) {
      const { kv, members, clients, told, note } = run
      planTraffic(run)
      await timeline.run()
      note(false)
      // Claims in doubt run out, and nothing is in doubt any more.
      kv.faults = WELL_KV
      await timeline.run(timeline.now + CLAIM_MS)
      // A publisher that ran out of time gave its copies back for cron or the next commit. No cron here: so a commit to everything.
      const last: [method: string, path: string, body: unknown][] = [
        ['PATCH', '/api/factory/0', { name: 'end' }],
        ['PATCH', '/api/factory/1', { name: 'end' }],
        ['PATCH', '/api/sprocket/0', { teeth: 999 }],
        ['POST', '/api/readings', { readings: [0, 1].map((factory) => ({ factory, time: 9, actual: 1 })) }],
      ]
      for (const words of last) void clients.write(members[0]!, words).catch(told)
      await timeline.run()
    },
  }
}
