import { expect, test } from 'vitest'
import { deleteExpired, setBounded } from '../../../src/runtime/bounded-map.ts'

// Promise: a map of an isolate does not grow beyond its limit.

test('setBounded keeps at most 10,000 items and removes the oldest first', () => {
  const memory = new Map<number, string>()
  for (let n = 0; n < 10_000; n++) setBounded(memory, n, 'first')
  setBounded(memory, 0, 'again')
  setBounded(memory, 10_000, 'one more')
  expect([memory.size, memory.get(0), memory.has(1), memory.has(2)]).toEqual([10_000, 'again', false, true])
})

test('deleteExpired deletes the entries whose end is reached, and none that was set again', () => {
  const map = new Map<string, { until: number }>()
  for (const [key, until] of [
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['a', 4],
  ] as const)
    setBounded(map, key, { until })
  deleteExpired(map, 2)
  expect([...map.keys()]).toEqual(['c', 'a'])
  deleteExpired(map, 4)
  expect(map.size).toBe(0)
})
