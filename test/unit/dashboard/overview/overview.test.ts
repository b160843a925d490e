import { expect, test } from 'vitest'
import { DEFAULT_OPTIONS, formatOptions, parseOptions } from '../../../../src/dashboard/overview/options.ts'
import { arrangeEntries, keepOrder } from '../../../../src/dashboard/overview/order.ts'
import type { Entry } from '../../../../src/dashboard/overview/order.ts'
import { DEFAULT_BANDS } from '../../../../src/dashboard/values/bands.ts'
import { describeState } from '../../../../src/dashboard/values/state.ts'
import { findNewAddress, formatViewUrl, parseView } from '../../../../src/dashboard/page/view-url.ts'

// Promise: the overview orders and selects factories as its address says, and every address leads back to its view.

const NOW = 1_767_312_000

const entry = (id: number, name: string, attainment: number | null, gap: number | null, age = 30): Entry => {
  const latest = { time: NOW - age, actual: 30, goal: 30 }
  const last_day = { from: 0, to: 1, actual: 100 * id, goal: 100, gap, attainment, readings: 1_440, goal_readings: 1_440 }
  const row = { id, name, latest, last_day }
  return { row, shown: describeState(row, NOW * 1000, DEFAULT_BANDS) }
}
const ENTRIES = [
  entry(1, 'Plant 10', 0.9, -10),
  entry(2, 'Plant 9', 0.8, -5),
  entry(3, 'Aachen', null, null),
  entry(4, 'Silent', 0.1, -900, 90_000),
  entry(5, 'Brno', 1.2, 20, 60),
]
const idsOf = (entries: Entry[]) => entries.map(({ row }) => row.id)

test.each([
  ['attainment', [2, 1, 5, 3, 4]],
  ['gap', [1, 2, 5, 3, 4]],
  ['name', [3, 5, 2, 1, 4]],
  ['made', [5, 3, 2, 1, 4]],
  ['latest', [5, 3, 2, 1, 4]],
] as const)('arrangeEntries sorts by %s, with factories without data last', (sort, ids) => {
  expect(idsOf(arrangeEntries(ENTRIES, { ...DEFAULT_OPTIONS, sort }))).toEqual(ids)
})

test('arrangeEntries selects by a part of the name and by the state', () => {
  expect(idsOf(arrangeEntries(ENTRIES, { ...DEFAULT_OPTIONS, search: ' PLANT ' }))).toEqual([2, 1])
  expect(idsOf(arrangeEntries(ENTRIES, { ...DEFAULT_OPTIONS, state: 'no-data' }))).toEqual([4])
  expect(arrangeEntries(ENTRIES, { ...DEFAULT_OPTIONS, search: 'plant', state: 'running' })).toEqual([])
})

test('keepOrder keeps the earlier order and puts new factories at the end', () => {
  expect(idsOf(keepOrder(ENTRIES, [5, 4, 2, 1]))).toEqual([5, 4, 2, 1, 3])
})

test('the options of the overview are in its address, unless they are the default', () => {
  const options = { search: 'a & b', sort: 'gap', state: 'behind', isCompact: true, bands: { green: 0.9, amber: 0.8 } } as const
  expect(parseOptions(new URLSearchParams(formatOptions(options)))).toEqual(options)
  expect(formatOptions(DEFAULT_OPTIONS)).toBe('')
  expect(parseOptions(new URLSearchParams('sort=nope&state=nope&bands=nope'))).toEqual(DEFAULT_OPTIONS)
})

test.each(['/', '/?sort=name', '/?sprockets', '/factory/3', '/factory/3?range=week', '/factory/3?from=-5&to=10'])(
  'the view of %s has this address',
  (address) => {
    const view = parseView(new URL(address, 'https://api.test'))
    if (view.show === 'missing') throw new Error(`${address} has no view`)
    expect(formatViewUrl(view)).toBe(address)
  },
)

test.each(['/factory/', '/factory/x', '/factory/-1', '/factory/3/more', '/nope'])('the address %s has no view', (address) => {
  expect(parseView(new URL(address, 'https://api.test'))).toEqual({ show: 'missing' })
})

test.each([
  ['/?factory=3&range=week', '/factory/3?range=week'],
  ['/?factory=0', '/factory/0'],
  ['/?factory=-1', undefined],
  ['/factory/3', undefined],
  ['/', undefined],
])('findNewAddress of %s is %s', (address, expected) => {
  expect(findNewAddress(new URL(address, 'https://api.test'))).toBe(expected)
})
