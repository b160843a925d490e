import { expect, test } from 'vitest'
import { createSizedMap, setSized } from '../../../src/runtime/sized-map.ts'

// Promise: a sized map never exceeds its limit, and its size is that of its values.

const create = () => createSizedMap<string>(10, (text) => text.length)

test('setSized deletes the oldest entries above the limit', () => {
  const map = create()
  for (const text of ['1234', '5678', 'ab']) setSized(map, text, text)
  expect([...map.entries.keys(), map.bytes]).toEqual(['1234', '5678', 'ab', 10])
  setSized(map, 'c', 'c')
  expect([...map.entries.keys(), map.bytes]).toEqual(['5678', 'ab', 'c', 7])
})

test('setSized replaces an entry as the newest', () => {
  const map = create()
  for (const [key, text] of [
    ['one', '1234'],
    ['two', '1234'],
    ['one', '12'],
  ] as const)
    setSized(map, key, text)
  expect([...map.entries, map.bytes]).toEqual([['two', '1234'], ['one', '12'], 6])
})

test('setSized keeps the stored value when a new one is larger than the limit', () => {
  const map = create()
  setSized(map, 'one', '1234')
  setSized(map, 'one', '12345678901')
  expect([...map.entries, map.bytes]).toEqual([['one', '1234'], 4])
})
