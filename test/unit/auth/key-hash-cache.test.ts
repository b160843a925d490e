import { beforeEach, expect, test } from 'vitest'
import { createKeyHashes, getKeyHash, setKeyHash } from '../../../src/auth/key-hash-cache.ts'
import { getState } from '../../../src/runtime/state.ts'
import { makeIdentityIsolate } from '../../support/identity-isolate.ts'
import type { IdentityIsolate } from '../../support/identity-isolate.ts'

// Promise: an isolate keeps a key in memory for 30 s at most, and 1,000 keys at most.

let at: IdentityIsolate
beforeEach(() => {
  at = makeIdentityIsolate()
})
const storedKeys = () => [...getState(at.isolate, createKeyHashes).keys()]

test('getKeyHash returns the hash of a key for 30 s', () => {
  expect(getKeyHash(at.isolate, 'key')).toBeUndefined()
  setKeyHash(at.isolate, 'key', 'hash')
  at.setTime(29_999)
  expect(getKeyHash(at.isolate, 'key')).toBe('hash')
  expect(getKeyHash(at.isolate, 'other')).toBeUndefined()
  at.setTime(30_000)
  expect(getKeyHash(at.isolate, 'key')).toBeUndefined()
})

test('the use of a cached hash does not extend its 30 s, and the next use caches it again', () => {
  setKeyHash(at.isolate, 'key', 'hash')
  at.setTime(29_999)
  setKeyHash(at.isolate, 'key', 'hash')
  at.setTime(30_000)
  expect(getKeyHash(at.isolate, 'key')).toBeUndefined()
  setKeyHash(at.isolate, 'key', 'hash')
  at.setTime(59_999)
  expect(getKeyHash(at.isolate, 'key')).toBe('hash')
})

test('setKeyHash deletes the keys whose 30 s are over, and no others', () => {
  for (const [time, key] of [
    [0, 'a'],
    [0, 'b'],
    [1, 'c'],
  ] as const) {
    at.setTime(time)
    setKeyHash(at.isolate, key, `hash of ${key}`)
  }
  at.setTime(29_999)
  setKeyHash(at.isolate, 'd', 'hash of d')
  expect(storedKeys()).toEqual(['a', 'b', 'c', 'd'])
  at.setTime(30_000)
  setKeyHash(at.isolate, 'e', 'hash of e')
  expect(storedKeys()).toEqual(['c', 'd', 'e'])
})

test('setKeyHash keeps the newest 1,000 keys', () => {
  for (let n = 0; n <= 1_000; n++) setKeyHash(at.isolate, `key ${n}`, `hash ${n}`)
  expect(storedKeys()).toHaveLength(1_000)
  expect(getKeyHash(at.isolate, 'key 0')).toBeUndefined()
  expect(getKeyHash(at.isolate, 'key 1')).toBe('hash 1')
})
