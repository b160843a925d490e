import type { Harness } from './harness.ts'

/** The stop reason of the annotations that tests add. */
export const REASON = { code: 'jam', name: 'Jam', category: 'unplanned' }

/** Start of the first annotation that `addAnnotations` adds, and seconds from each to the next. The seed has no readings there. */
const FIRST = 1_611_200_000
const APART = 3_000

/** Adds annotations of ten minutes to a factory of organisation 1, which get the next ids from 0 on. */
export const addAnnotations = async ({ engineer, operator }: Harness, count: number, factory = 1): Promise<void> => {
  await engineer.put('/api/stop-reasons', { reasons: [REASON] })
  for (let n = 0; n < count; n++) {
    const from = FIRST + n * APART
    await operator.post(`/api/factory/${factory}/stop-annotations`, { from, to: from + 600, reason: REASON.code })
  }
}
