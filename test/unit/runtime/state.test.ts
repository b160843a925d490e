import { expect, test } from 'vitest'
import { createState, discardEpochState, epochStateOf, stateOf } from '../../../src/runtime/state.ts'

// Promise: each isolate has separate state, and a new cache epoch discards exactly the state that describes data.

const createNames = () => new Set<string>()
const createTimes = () => new Set<number>()

test('stateOf creates the state of a module once per isolate, and copies of the isolate share it', () => {
  const isolate = { state: createState() }
  stateOf(isolate, createNames).add('a')
  expect(stateOf({ ...isolate }, createNames)).toEqual(new Set(['a']))
  expect(stateOf(isolate, createTimes).size).toBe(0)
  expect(stateOf({ state: createState() }, createNames).size).toBe(0)
})

test('discardEpochState discards the state of the epoch, also for copies of the isolate, and no other state', () => {
  const isolate = { state: createState() }
  const copy = { ...isolate }
  stateOf(isolate, createNames).add('a')
  epochStateOf(isolate, createNames).add('b')
  discardEpochState(isolate)
  expect([...stateOf(copy, createNames)]).toEqual(['a'])
  expect([...epochStateOf(copy, createNames)]).toEqual([])
})
