import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { MAX_TIME } from '../rollups/time-zones.ts'
import { selectUnbuiltRollup, selectZoneToRenew } from '../queries/rollups.ts'
import { ensureTimeZone } from '../rollups/buckets.ts'
import { switchRollup } from '../commands/switch-rollup.ts'
import { extendRollup } from '../rollups/lifecycle.ts'
import { renewZone } from './renew-time-zones.ts'
import { commitAsCron } from './commit-as-cron.ts'
import { runSteps } from './steps.ts'

/** A step that activates a rollup is a commit. */
const STEP_LIMITS = { steps: 20, queries: 20 }

/**
 * Builds rollups: of factories that moved to another time zone, of series that are older than rollups, and of time zones whose
 * stored offset periods are outdated. A commit activates a complete rollup. Returns the number of steps.
 */
export const buildRollups = (isolate: Isolate): Promise<number> =>
  runSteps(isolate, STEP_LIMITS, async () => {
    const session = openSession(isolate, 'first-primary')
    const [[outdated], [next]] = await session.batch([selectZoneToRenew(session.db), selectUnbuiltRollup(session.db)])
    if (outdated) {
      await session.batch(renewZone(session.db, outdated.timeZone, isolate.clock.now()))
      return true
    }
    if (!next) return false
    if (next.builtUntil === MAX_TIME) {
      await commitAsCron(isolate, next.organisationPk, (actor) => switchRollup(actor, next.factory, next.pk, isolate.clock.now()))
    } else {
      const timeZone = next.hasOffsetPeriods ? [] : [ensureTimeZone(session.db, next.timeZone)]
      await session.batch([...timeZone, ...extendRollup(session.db, sql`${next.pk}`)])
    }
    return true
  })
