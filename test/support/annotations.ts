import { expect } from 'vitest'
import type { Harness } from './harness.ts'

/** The stop reason of the annotations that tests add. */
export const REASON = { code: 'jam', name: 'Jam', category: 'unplanned' }

/** Stop reasons of two categories, and one that is retired. */
export const REASONS = [
  REASON,
  { code: 'setup', name: 'Set-up', category: 'planned' },
  { code: 'old', name: 'Old', category: 'planned', retired: true },
]

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

/** Creates an annotation and returns its path. */
export const annotate = async ({ operator }: Harness, factory: string, from: number, to: number | null, more = {}): Promise<string> => {
  const response = await operator.post(`${factory}/stop-annotations`, { from, to, reason: REASON.code, ...more })
  expect(response.status).toBe(201)
  return response.headers.get('Location')!
}

/** Returns a page of the annotations of a factory. */
export const listAnnotations = async ({ viewer }: Harness, factory: string, query = '') => {
  const response = await viewer.get(`${factory}/stop-annotations${query}`)
  expect(response.status).toBe(200)
  const { annotations } = await response.json<{ annotations: { id: number; from: number }[] }>()
  return { annotations, starts: annotations.map(({ from }) => from), link: response.headers.get('Link') }
}
