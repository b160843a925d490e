import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { hasOperationsFor } from '../runtime/operation-budget.ts'
import { MAX_TIME } from '../rollups/time-zones.ts'
import { selectUnbuiltRollup, selectZoneToRenew } from '../queries/calendars.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'
import { switchRollup } from '../commands/switch-rollup.ts'
import { extendRollup } from '../rollups/calendars.ts'
import { commit } from '../commands/commit.ts'
import { renewZone } from './renew-time-zones.ts'
import { cronActor } from './cron-actor.ts'

/** Steps of one cron run. The rest waits for the next run. */
const BUILD_STEPS = 20
/** Maximum number of statements of a step: a step that activates a rollup is a commit. */
const STEP_QUERIES = 20

/**
 * Builds rollups: of factories that moved to another time zone, of series that are older than rollups, and of time zones whose
 * stored offset periods are outdated. A commit activates a complete rollup. Returns the number of steps.
 */
export const buildRollups = async (isolate: Isolate): Promise<number> => {
  let steps = 0
  for (; steps < BUILD_STEPS && hasOperationsFor(isolate, STEP_QUERIES); steps++) {
    const session = openSession(isolate, 'first-primary')
    const [[outdated], [next]] = await session.batch([selectZoneToRenew(session.db), selectUnbuiltRollup(session.db)])
    if (outdated) {
      await session.batch(renewZone(session.db, outdated.zone, isolate.clock.now()))
      continue
    }
    if (!next) break
    if (next.builtUntil === MAX_TIME) {
      const actor = cronActor(next.organisation)
      const puts: Promise<unknown>[] = []
      await commit(isolate, (work) => puts.push(work), actor, switchRollup(actor, next.factory, next.number, isolate.clock.now()))
      await Promise.all(puts)
    } else {
      const zone = next.hasOffsetPeriods ? [] : [ensureTimeZone(session.db, next.zone)]
      await session.batch([...zone, ...extendRollup(session.db, sql`${next.number}`)])
    }
  }
  return steps
}
