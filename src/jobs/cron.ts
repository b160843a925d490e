import type { Isolate } from '../runtime/isolate.ts'
import { dropLapsed, publishDirty, reconcile, warm } from './cache-upkeep.ts'
import { messages } from '../db/client.ts'
import { countedBy, newMeter } from '../middleware/request-metrics.ts'
import { redactKeys } from '../schemas/redaction.ts'
import { buildCalendars } from './build-rollups.ts'
import { purgeOrganisations } from './purge-organisations.ts'
import { sweepZones } from './sweep-time-zones.ts'
import { trimOld } from './trim-readings.ts'
import { beat, dropAnswers, sweepCalendars, sweepSeries, trimChanges } from './sweep.ts'

/** KV is compared with the directory every so many minutes. */
const RECONCILE_MINUTES = 5

/** Zones that no calendar has are deleted every so many minutes: they cost nothing but their place. */
const ZONES_MINUTES = 60

type Job = [name: string, job: (isolate: Isolate) => Promise<unknown>]

/** What a tick does for the copies. */
export const copyJobs = (minute: number): Job[] => [
  ['drop', dropLapsed],
  ['warm', warm],
  ...(minute % RECONCILE_MINUTES === 0 ? [['reconcile', reconcile] satisfies Job] : []),
  ['publish', publishDirty],
]

/** All that one tick does, in order. Each job stands alone: one that fails stops no other, and what it left is there next time. */
export const jobs = (minute: number): Job[] => [
  ...copyJobs(minute),
  ['build', buildCalendars],
  ['retain', trimOld],
  ['purge', purgeOrganisations],
  ['sweep', sweepSeries],
  ['sweepCalendars', sweepCalendars],
  ...(minute % ZONES_MINUTES === 0 ? [['sweepZones', sweepZones] satisfies Job] : []),
  ['trim', trimChanges],
  ['answers', dropAnswers],
]

/**
 * One tick, every minute. Logs one line of what was done.
 * @param scheduledTime Unix milliseconds that the tick stands for
 * @param due what there is to do in a minute
 */
export const tick = async (base: Isolate, scheduledTime: number, due = jobs): Promise<Record<string, unknown>> => {
  const meter = newMeter()
  const isolate = countedBy(meter, base)
  const did: Record<string, unknown> = {}
  for (const [name, job] of [...due(Math.floor(scheduledTime / 60_000)), ['beat', beat] satisfies Job]) {
    did[name] = await job(isolate).catch((error: unknown) => ({ failed: redactKeys(messages(error)) }))
  }
  isolate.log(JSON.stringify({ cron: did }))
  return did
}
