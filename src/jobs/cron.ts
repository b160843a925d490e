import type { Isolate } from '../runtime/isolate.ts'
import { deleteExpired, publishStale, reconcile, keepPublicListsLeased } from './cache-upkeep.ts'
import { errorMessages } from '../db/client.ts'
import { withMetrics, createMetrics } from '../middleware/request-metrics.ts'
import { redactKeys } from '../schemas/redaction.ts'
import { buildRollups } from './build-rollups.ts'
import { purgeOrganisations } from './purge-organisations.ts'
import { sweepZones } from './sweep-time-zones.ts'
import { trimOldReadings } from './trim-readings.ts'
import { recordHeartbeat, deleteIdempotencyRecords, sweepRollups, sweepSeries, trimAuditLog } from './sweep.ts'

/** KV is compared with the directory every so many minutes. */
const RECONCILE_MINUTES = 5

/** Zones that no calendar has are deleted every so many minutes: they cost nothing but their place. */
const ZONES_MINUTES = 60

type Job = [name: string, job: (isolate: Isolate) => Promise<unknown>]

/** What a tick does for the copies. */
export const cacheJobs = (minute: number): Job[] => [
  ['drop', deleteExpired],
  ['warm', keepPublicListsLeased],
  ...(minute % RECONCILE_MINUTES === 0 ? [['reconcile', reconcile] satisfies Job] : []),
  ['publish', publishStale],
]

/** All that one tick does, in order. Each job stands alone: one that fails stops no other, and what it left is there next time. */
export const allJobs = (minute: number): Job[] => [
  ...cacheJobs(minute),
  ['build', buildRollups],
  ['retain', trimOldReadings],
  ['purge', purgeOrganisations],
  ['sweep', sweepSeries],
  ['sweepCalendars', sweepRollups],
  ...(minute % ZONES_MINUTES === 0 ? [['sweepZones', sweepZones] satisfies Job] : []),
  ['trim', trimAuditLog],
  ['answers', deleteIdempotencyRecords],
]

/**
 * One tick, every minute. Logs one line of what was done.
 * @param scheduledTime Unix milliseconds that the tick stands for
 * @param due what there is to do in a minute
 */
export const runCron = async (base: Isolate, scheduledTime: number, due = allJobs): Promise<Record<string, unknown>> => {
  const meter = createMetrics()
  const isolate = withMetrics(meter, base)
  const did: Record<string, unknown> = {}
  for (const [name, job] of [...due(Math.floor(scheduledTime / 60_000)), ['beat', recordHeartbeat] satisfies Job]) {
    did[name] = await job(isolate).catch((error: unknown) => ({ failed: redactKeys(errorMessages(error)) }))
  }
  isolate.log(JSON.stringify({ cron: did }))
  return did
}
