import type { Isolate } from '../runtime/isolate.ts'

/**
 * Records the cache epoch of the database. A later epoch than the known one clears the memory of entries and commits, because
 * a restore may have undone their state. An earlier one is ignored: it comes from a slower response.
 */
export const advanceEpoch = ({ memory }: Isolate, epoch: number): void => {
  if (epoch <= memory.epoch) return
  memory.epoch = epoch
  for (const map of [memory.recentCommits, memory.overdue, memory.validatedEntries, memory.payloads, memory.leaseOffers]) map.clear()
  memory.payloadBytes = 0
}
