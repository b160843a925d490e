import type { Isolate } from './isolate.ts'
import { dropLapsed, publishDirty, reconcile, warm } from './cache/upkeep.ts'
import { messages } from './db/client.ts'
import { buildCalendars } from './commands/building.ts'
import { purgeOrganisations } from './commands/purge.ts'
import { trimOld } from './commands/retention.ts'
import { beat, dropAnswers, sweepCalendars, sweepSeries, trimChanges } from './commands/upkeep.ts'

/** KV is compared with the directory every so many minutes. */
const RECONCILE_MINUTES = 5

/** What one tick does, in order. Each job stands alone: one that fails stops no other, and what it left is there next time. */
const jobs = (minute: number): [name: string, job: (isolate: Isolate) => Promise<unknown>][] => [
  ['publish', publishDirty],
  ['warm', warm],
  ['drop', dropLapsed],
  ['build', buildCalendars],
  ['retain', trimOld],
  ['purge', purgeOrganisations],
  ['sweep', sweepSeries],
  ['sweepCalendars', sweepCalendars],
  ['trim', trimChanges],
  ['answers', dropAnswers],
  ...(minute % RECONCILE_MINUTES === 0 ? [['reconcile', reconcile] as [string, typeof reconcile]] : []),
]

/**
 * One tick, every minute. Logs one line of what was done.
 * @param scheduledTime Unix milliseconds that the tick stands for
 */
export const tick = async (isolate: Isolate, scheduledTime: number): Promise<Record<string, unknown>> => {
  const did: Record<string, unknown> = {}
  for (const [name, job] of jobs(Math.floor(scheduledTime / 60_000))) {
    did[name] = await job(isolate).catch((error: unknown) => ({ failed: messages(error) }))
  }
  await beat(isolate)
  isolate.log(JSON.stringify({ cron: did }))
  return did
}
