import { beforeEach, expect, test } from 'vitest'
import { countCommitsTo, findRecentCommit, recordCommit } from '../../../src/cache/recent-commits.ts'
import { anyIdRange, anyParamsRange, exactRange } from '../../../src/documents/path.ts'
import type { Isolate } from '../../../src/runtime/isolate.ts'
import { createState } from '../../../src/runtime/state.ts'

// Promise: an isolate finds its latest commit to a path for as long as KV may show an older entry.

let now: number
let isolate: Isolate
beforeEach(() => {
  now = 1_000_000
  isolate = { state: createState(), clock: { now: () => now }, config: { deferMs: 0 } } as unknown as Isolate
})

const commitSeq = (path: string) => findRecentCommit(isolate, path)?.seq

test('findRecentCommit returns a commit to the path for 90 s, in which KV may show an older entry', () => {
  recordCommit(isolate, [exactRange('1/a')], 5, 'b')
  now += 89_999
  expect(findRecentCommit(isolate, '1/a')).toMatchObject({ seq: 5, bookmark: 'b' })
  now += 1
  expect(commitSeq('1/a')).toBeUndefined()
})

test('findRecentCommit returns the later of a commit to the path and one to all its parameters', () => {
  recordCommit(isolate, [anyParamsRange('1/a')], 5, 'b')
  expect(['1/a', '1/a?x=1', '1/ab', '1/b'].map(commitSeq)).toEqual([5, 5, undefined, undefined])
  recordCommit(isolate, [exactRange('1/a?x=1')], 6, 'c')
  expect(['1/a', '1/a?x=1', '1/a?x=2'].map(commitSeq)).toEqual([5, 6, 5])
  recordCommit(isolate, [anyParamsRange('1/a')], 7, 'd')
  expect(commitSeq('1/a?x=1')).toBe(7)
})

test('findRecentCommit returns the later of a commit to the path and one to all paths that differ from it in the id', () => {
  recordCommit(isolate, [anyIdRange('1/api/factory/0/shifts')!], 5, 'b')
  expect(['1/api/factory/7', '1/api/factory/10/time?x=1', '1/api/factories', '1/api/sprocket/7', '2/api/factory/7'].map(commitSeq)).toEqual(
    [5, 5, undefined, undefined, undefined],
  )
  recordCommit(isolate, [exactRange('1/api/factory/7')], 6, 'c')
  expect(['1/api/factory/7', '1/api/factory/8'].map(commitSeq)).toEqual([6, 5])
})

test('findRecentCommit returns the commit to the path after the one to all its parameters has expired', () => {
  recordCommit(isolate, [anyParamsRange('1/a')], 7, 'b')
  now += 60_000
  recordCommit(isolate, [exactRange('1/a?x=1')], 6, 'c')
  expect(commitSeq('1/a?x=1')).toBe(7)
  now += 60_000
  expect(commitSeq('1/a?x=1')).toBe(6)
})

test('a commit whose response arrives after that of a later one does not replace it while it counts', () => {
  recordCommit(isolate, [exactRange('1/a')], 11, 'c')
  now += 60_000
  recordCommit(isolate, [exactRange('1/a'), exactRange('1/b')], 10, 'b')
  expect(['1/a', '1/b'].map(commitSeq)).toEqual([11, 10])
  recordCommit(isolate, [exactRange('1/b')], 12, 'd')
  expect(findRecentCommit(isolate, '1/b')).toMatchObject({ seq: 12, bookmark: 'd' })
  now += 30_000
  expect(commitSeq('1/a')).toBeUndefined()
  recordCommit(isolate, [exactRange('1/a')], 9, 'b')
  expect(commitSeq('1/a')).toBe(9)
})

test('a commit replaces one with a later number that has expired, as after a restore', () => {
  recordCommit(isolate, [exactRange('1/a')], 11, 'c')
  now += 90_000
  recordCommit(isolate, [exactRange('1/a')], 4, 'b')
  expect(commitSeq('1/a')).toBe(4)
})

test('a write to 2,000 factories displaces no commit to another organisation', () => {
  recordCommit(isolate, [exactRange('2/a')], 5, 'b')
  const ranges = Array.from({ length: 16_000 }, (_, n) => exactRange(`1/${n}`))
  recordCommit(isolate, ranges, 6, 'c')
  expect(['2/a', '1/0', '1/15999'].map(commitSeq)).toEqual([5, 6, 6])
})

test('countCommitsTo counts the commits to the organisation, of any age and in any order', () => {
  recordCommit(isolate, [exactRange('1/a'), anyParamsRange('1/b')], 5, 'b')
  recordCommit(isolate, [exactRange('1/a')], 4, 'b')
  recordCommit(isolate, [exactRange('2/a')], 9, 'c')
  now += 1_000_000
  expect([1, 2, 3].map((organisationPk) => countCommitsTo(isolate, organisationPk))).toEqual([2, 1, 0])
})

test('recordCommit records nothing on the free plan, where cron puts entries a quarter of an hour later', () => {
  isolate = { ...isolate, config: { deferMs: 900_000 } as Isolate['config'] }
  recordCommit(isolate, [exactRange('1/a')], 5, 'b')
  expect([commitSeq('1/a'), countCommitsTo(isolate, 1)]).toEqual([undefined, 0])
})
