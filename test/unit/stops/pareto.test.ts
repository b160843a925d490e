import { expect, test } from 'vitest'
import type { ReasonedStop } from '../../../src/stops/pareto.ts'
import { sumByReason } from '../../../src/stops/pareto.ts'
import { parseReasons } from '../../../src/stops/reasons.ts'

// Promise: the stops of many factories are added up one by one, and the reasons of their organisation are parsed once.

const reasonsText = (name: string) =>
  JSON.stringify({ reasons: [{ code: 'jam', name, category: 'unplanned', group: null, retired: false }] })

test('parseReasons parses the text of each factory of an organisation once', () => {
  const reasons = parseReasons(reasonsText('Jam'))
  expect(parseReasons(reasonsText('Jam'))).toBe(reasons)
  expect(parseReasons(reasonsText('Jam of paper')).get('jam')?.name).toBe('Jam of paper')
  expect(parseReasons(null).size).toBe(0)
  expect(parseReasons(reasonsText('Jam')).get('jam')?.name).toBe('Jam')
})

test('sumByReason adds each stop before it reads the next one', () => {
  const shift = { date: '2026-01-05', name: 'Early', from: 0, to: 900, breaks: [], planned_seconds: 900, target: null }
  const stop = { from: 0, to: 0, planned_seconds: 0, shift, isOpen: false, annotation: null }
  const jam = parseReasons(reasonsText('Jam')).get('jam')
  const stops = function* (): Generator<ReasonedStop> {
    for (const [seconds, reason] of [
      [300, jam],
      [200, undefined],
      [100, undefined],
      [400, jam],
    ] as const) {
      stop.planned_seconds = seconds
      yield { stop, reason }
    }
  }
  expect(sumByReason(stops())).toEqual([
    { reason: jam, count: 2, seconds: 700 },
    { reason: undefined, count: 2, seconds: 300 },
  ])
})
