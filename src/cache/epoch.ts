import type { Isolate } from '../runtime/isolate.ts'

/**
 * Takes note of the epoch that the database is in. A later one than was known voids whatever was remembered of copies and
 * commits: it may be of a state that a restore has undone. An earlier one is old news.
 */
export const advanceEpoch = ({ memory }: Isolate, epoch: number): void => {
  if (epoch <= memory.epoch) return
  memory.epoch = epoch
  for (const remembered of [memory.recentCommits, memory.overdue, memory.validatedEntries, memory.payloads, memory.leaseOffers])
    remembered.clear()
  memory.payloadBytes = 0
}
