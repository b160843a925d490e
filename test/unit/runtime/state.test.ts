import { expect, test } from 'vitest'
import { createState, discardEpochState, getEpochState, getState } from '../../../src/runtime/state.ts'

// Promise: each isolate has separate state, and a new cache epoch discards exactly the state that describes data.

const createNames = () => new Set<string>()
const createTimes = () => new Set<number>()

test('getState creates the state of a module once per isolate, and copies of the isolate share it', () => {
  const isolate = { state: createState() }
  getState(isolate, createNames).add('a')
  expect(getState({ ...isolate }, createNames)).toEqual(new Set(['a']))
  expect(getState(isolate, createTimes).size).toBe(0)
  expect(getState({ state: createState() }, createNames).size).toBe(0)
})

test('discardEpochState discards the state of the epoch, also for copies of the isolate, and no other state', () => {
  const isolate = { state: createState() }
  const copy = { ...isolate }
  getState(isolate, createNames).add('a')
  getEpochState(isolate, createNames).add('b')
  discardEpochState(isolate)
  expect([...getState(copy, createNames)]).toEqual(['a'])
  expect([...getEpochState(copy, createNames)]).toEqual([])
})
