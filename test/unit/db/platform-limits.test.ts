import { expect, test } from 'vitest'
import { activePlatformLimits, findPlatformLimit, platformLimitProblem, recordPlatformLimit } from '../../../src/db/platform-limits.ts'
import type { PlatformLimitName } from '../../../src/db/platform-limits.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: an isolate reports a limit of the platform for 150 s after a call met it, and tells clients when to retry.

const FULL = new Error('D1_ERROR: Exceeded maximum DB size.')
const ROWS = new Error("D1_ERROR: Your account has exceeded D1's free tier daily row read limit. Upgrade to a paid plan.")

test('activePlatformLimits returns a limit for 150 s after each call that met it', () => {
  const { isolate: base } = makeScriptedIsolate(() => [])
  let now = 0
  const isolate = { ...base, clock: { ...base.clock, now: () => now } }
  expect(activePlatformLimits(isolate)).toEqual([])
  recordPlatformLimit(isolate, FULL)
  recordPlatformLimit(isolate, new Error('D1_ERROR: Network connection lost.'))
  expect(activePlatformLimits(isolate)).toEqual(['database-size'])
  now = 100_000
  recordPlatformLimit(isolate, ROWS)
  expect(activePlatformLimits(isolate)).toEqual(['rows-read', 'database-size'])
  now = 149_999
  expect(activePlatformLimits(isolate)).toEqual(['rows-read', 'database-size'])
  now = 150_000
  expect(activePlatformLimits(isolate)).toEqual(['rows-read'])
  recordPlatformLimit(isolate, ROWS)
  now = 299_999
  expect(activePlatformLimits(isolate)).toEqual(['rows-read'])
  now = 300_000
  expect(activePlatformLimits(isolate)).toEqual([])
})

test('findPlatformLimit finds no limit in an error that only quotes one', () => {
  expect(findPlatformLimit(FULL)).toBe('database-size')
  expect(findPlatformLimit(new Error('The name "Exceeded maximum DB size." is taken'))).toBeUndefined()
  expect(findPlatformLimit('Exceeded maximum DB size.')).toBeUndefined()
})

const DAY = 86_400_000
test.each<[PlatformLimitName, number, string | undefined]>([
  ['rows-read', 0, '86400'],
  ['rows-written', 20_000 * DAY + 1, '86400'],
  ['rows-written', 20_000 * DAY + 1_000, '86399'],
  ['kv-operations', 20_001 * DAY - 1_001, '2'],
  ['kv-operations', 20_001 * DAY - 1, '1'],
  ['database-size', 0, undefined],
  ['account-storage', 0, undefined],
])('the problem of the limit %s at %i says when to retry: %s', (name, now, expected) => {
  const { code, headers } = platformLimitProblem(name, now)
  expect([code, (headers as Record<string, string> | undefined)?.['Retry-After']]).toEqual([
    expected === undefined ? 'database-full' : 'quota-exceeded',
    expected,
  ])
})
