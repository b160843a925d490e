import { expect, test } from 'vitest'
import { sumByReason } from '../../../src/stops/pareto.ts'
import { parseReasons } from '../../../src/stops/reasons.ts'
import type { Stop } from '../../../src/stops/stop.ts'

// Promise: the stops of many factories are added up one by one.

const annotation = { id: 1, from: 0, to: null, manual: false, note: null }

test('sumByReason adds each stop before it reads the next one', () => {
  const reasons = parseReasons(
    JSON.stringify({ reasons: [{ code: 'jam', name: 'Jam', category: 'unplanned', group: null, retired: false }] }),
  )
  const shift = { date: '2026-01-05', name: 'Early', from: 0, to: 900, breaks: [], planned_seconds: 900, target: null }
  const stop: Stop = { from: 0, to: 0, planned_seconds: 0, shift, isOpen: false, annotation: null }
  const stops = function* (): Generator<Stop> {
    for (const [seconds, reason] of [
      [300, 'jam'],
      [200, undefined],
      [100, undefined],
      [400, 'jam'],
    ] as const)
      yield Object.assign(stop, { planned_seconds: seconds, annotation: reason === undefined ? null : { ...annotation, reason } })
  }
  expect(sumByReason(stops(), reasons)).toEqual([
    { reason: reasons.get('jam'), count: 2, seconds: 700 },
    { reason: undefined, count: 2, seconds: 300 },
  ])
})
