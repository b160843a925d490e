import { eq, sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { rebuildFactoryDays } from '../commands/rebuild-days.ts'
import { openSession } from '../db/client.ts'
import { factories, time_zone_offsets } from '../db/schema.ts'
import { ensureTimeZone, offsetPeriodsJson, parseOffsetPeriods } from '../local-time/offset-periods.ts'
import { MAX_TIME, MIN_TIME, offsetPeriods } from '../local-time/time-zones.ts'
import { commitAsCron } from './commit-as-cron.ts'
import { runSteps } from './steps.ts'
import { literal } from '../db/literal.ts'

/** A step replaces the offset periods of a zone, or sums the days of one of its factories again. */
const STEP_LIMITS = { steps: 20, queries: 20 }

/** Value of `renew` while the factories of a zone are summed, before the first one. Then the `pk` of the last one is added. */
const SUMMING = 2

const zoneToRenew = sql`(select time_zone from time_zone_offsets where renew <> 0)`

/**
 * Replaces the stored offset periods of zones whose rules may have changed with this release. A migration sets `renew` of such a zone to
 * 1, or to -1 if the days of its factories are wrong in any case. If the periods differ, the days of all factories of the zone are
 * summed again, one in each step. Returns the number of steps.
 */
export const renewZones = (isolate: Isolate): Promise<number> =>
  runSteps(isolate, STEP_LIMITS, async () => {
    const { db, batch } = openSession(isolate, 'first-primary')
    const [[zone], [factory]] = await batch([
      db
        .select({
          timeZone: time_zone_offsets.time_zone,
          renew: time_zone_offsets.renew,
          periods: offsetPeriodsJson(zoneToRenew, sql`${MIN_TIME}`, sql`${MAX_TIME}`).as('periods'),
        })
        .from(time_zone_offsets)
        .where(sql`renew <> 0`)
        .limit(literal(1)),
      db
        .select({ pk: factories.pk, id: factories.id, organisationPk: factories.organisation_pk })
        .from(factories)
        .where(sql`time_zone = ${zoneToRenew} and pk > (select renew - ${SUMMING} from time_zone_offsets where time_zone = ${zoneToRenew})`)
        .orderBy(factories.pk)
        .limit(literal(1)),
    ])
    if (!zone) return false
    const ofZone = eq(time_zone_offsets.time_zone, zone.timeZone)
    const setRenew = (renew: number) => db.update(time_zone_offsets).set({ renew }).where(ofZone)
    if (zone.renew < SUMMING) {
      const isSame = JSON.stringify(parseOffsetPeriods(zone.periods)) === JSON.stringify(offsetPeriods(zone.timeZone))
      const mustSum = zone.renew < 0 || !isSame
      await batch([db.delete(time_zone_offsets).where(ofZone), ensureTimeZone(db, zone.timeZone), setRenew(mustSum ? SUMMING : 0)])
      return true
    }
    if (factory) await commitAsCron(isolate, factory.organisationPk, (actor) => rebuildFactoryDays(actor, factory.id))
    await batch([setRenew(factory ? SUMMING + factory.pk : 0)])
    return true
  })
