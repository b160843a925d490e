import { PAYLOAD_VERSION } from '../documents/path.ts'
import type { Isolate } from '../runtime/isolate.ts'
import { discardEpochState, getState } from '../runtime/state.ts'

/** The latest known cache epoch. */
const createEpoch = () => ({ number: 0 })

/** Versions per cache epoch: more than there are payload versions. */
const VERSIONS_PER_EPOCH = 1_000

/** Returns the version of the entries that an isolate puts and serves: its known cache epoch and the payload version. */
export const cacheVersion = (isolate: Isolate): number => getState(isolate, createEpoch).number * VERSIONS_PER_EPOCH + PAYLOAD_VERSION

/**
 * Records the cache epoch of the database. A later epoch than the known one discards all state that describes data, because a restore may
 * have undone it. An earlier one is ignored: it comes from a slower response.
 */
export const advanceEpoch = (isolate: Isolate, epoch: number): void => {
  const known = getState(isolate, createEpoch)
  if (epoch <= known.number) return
  known.number = epoch
  discardEpochState(isolate)
}
