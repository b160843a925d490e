import { beforeEach, expect, test } from 'vitest'
import { findOverdueCommit, overdueBefore, recordOverdue } from '../../../src/cache/overdue.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState } from '../../../src/runtime/state.ts'

// Promise: an isolate remembers for each organisation what its latest look-up said about overdue entries.

let isolate: Isolate
beforeEach(() => {
  isolate = { state: createState(), clock: { now: () => 1_000_000 }, config: { deferMs: 900_000 } } as unknown as Isolate
})
const find = (path = '1/a') => findOverdueCommit(isolate, path)

test('findOverdueCommit returns the commit of a look-up that found overdue entries, for paths of that organisation', () => {
  recordOverdue(isolate, 1, 5, 'b')
  expect(find()).toMatchObject({ seq: 5, bookmark: 'b' })
  expect([find('2/a'), find('11/a')]).toEqual([undefined, undefined])
})

test('recordOverdue replaces the result of an earlier look-up, and ignores that of a later one', () => {
  recordOverdue(isolate, 1, 5, 'b')
  recordOverdue(isolate, 1, null, 'a')
  recordOverdue(isolate, 1, 4, 'a')
  expect(find()).toMatchObject({ seq: 5, bookmark: 'b' })
  recordOverdue(isolate, 1, 6, 'c')
  expect(find()).toMatchObject({ seq: 6, bookmark: 'c' })
  recordOverdue(isolate, 1, null, 'c')
  expect(find()).toBeUndefined()
  // A slower response of an earlier look-up must not start the checks again.
  recordOverdue(isolate, 1, 5, 'b')
  expect(find()).toBeUndefined()
})

test('overdueBefore is 60 s ago, and earlier by the delay of deferred puts', () => {
  expect(overdueBefore(isolate)).toBe(1_000_000 - 60_000 - 900_000)
})
