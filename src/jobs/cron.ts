import type { Isolate } from '../runtime/isolate.ts'
import { deleteExpired, publishStale, reconcile, keepPublicListsLeased } from './cache-upkeep.ts'
import { errorMessages } from '../db/client.ts'
import { measureIsolate } from '../middleware/measured-isolate.ts'
import { redactKeys } from '../schemas/redaction.ts'
import { moveOldAuditEntries } from './move-audit-entries.ts'
import { purgeOrganisations } from './purge-organisations.ts'
import { renewZones } from './renew-time-zones.ts'
import { sweepZones } from './sweep-time-zones.ts'
import { trimOldReadings } from './trim-readings.ts'
import { deleteIdempotencyRecords } from './delete-idempotency-records.ts'
import { recordHeartbeat } from './heartbeat.ts'
import { sweepSeries } from './sweep-series.ts'
import { trimAuditLog } from './trim-audit-log.ts'

/** Interval of reconcile. */
const RECONCILE_MINUTES = 5

/** Interval of `sweepZones`. It is long because unused time zones cost only storage. */
const SWEEP_ZONES_MINUTES = 60

type Job = [name: string, job: (isolate: Isolate) => Promise<unknown>]

/** Returns the jobs that maintain cache entries. */
export const cacheJobs = (minute: number): Job[] => [
  ['expire', deleteExpired],
  ['lease', keepPublicListsLeased],
  ...(minute % RECONCILE_MINUTES === 0 ? [['reconcile', reconcile] satisfies Job] : []),
  ['publish', publishStale],
]

/** Returns all jobs of a minute, in order. A failed job stops no other job and continues at the next run. */
export const allJobs = (minute: number): Job[] => [
  ...cacheJobs(minute),
  ['renew', renewZones],
  ['retain', trimOldReadings],
  ['purge', purgeOrganisations],
  ['sweep', sweepSeries],
  ...(minute % SWEEP_ZONES_MINUTES === 0 ? [['sweepZones', sweepZones] satisfies Job] : []),
  ['trim', trimAuditLog],
  ['move', moveOldAuditEntries],
  ['idempotency', deleteIdempotencyRecords],
]

/**
 * Runs the jobs of one minute. Logs one line with the result of each job, and returns the results.
 * @param scheduledTime time for which the platform scheduled the run (Unix ms)
 * @param due returns the jobs of a minute, counted from 1970
 */
export const runCron = async (base: Isolate, scheduledTime: number, due = allJobs): Promise<Record<string, unknown>> => {
  const isolate = measureIsolate(base)
  const results: Record<string, unknown> = {}
  for (const [name, job] of [...due(Math.floor(scheduledTime / 60_000)), ['beat', recordHeartbeat] satisfies Job]) {
    results[name] = await job(isolate).catch((error: unknown) => ({ failed: redactKeys(errorMessages(error)) }))
  }
  isolate.log(JSON.stringify({ cron: results }))
  return results
}
