import { describe, expect, test } from 'vitest'
import { findChanges, findFactoryAddress } from '../../../src/dashboard/audit/audit-words.ts'
import { describeEnd, describeScope, describeUse, findKeyState } from '../../../src/dashboard/keys/key-words.ts'
import { parseQuotas } from '../../../src/dashboard/api/quotas.ts'
import { formatViewUrl, parseView } from '../../../src/dashboard/page/view-url.ts'

// Promise: the pages of an admin say which keys are valid, what an entry of the audit log changed, and which limits apply.

const NOW = Date.UTC(2026, 3, 7)
const at = (seconds: number) => NOW / 1000 + seconds

describe('the words of keys', () => {
  test.each([
    [null, null, 'valid', 'never'],
    [null, at(1), 'valid', '7 Apr, 00:00'],
    [null, at(0), 'expired', 'expired 7 Apr, 00:00'],
    [at(-60), at(1), 'revoked', 'revoked 6 Apr, 23:59'],
  ])('a key that was revoked at %s and expires at %s is %s', (revoked_at, expires_at, state, words) => {
    expect(findKeyState({ revoked_at, expires_at }, NOW)).toBe(state)
    expect(describeEnd({ revoked_at, expires_at }, NOW, 'UTC').replace(/ \d{4}/, '')).toBe(words)
  })

  test('describeScope names at most three factories', () => {
    const names = new Map([[1, 'Ulm']])
    const describe = (ids: number[] | null) => describeScope(ids, names).replaceAll(/[\u2068\u2069]/g, '')
    expect([null, [1], [1, 2, 3], [1, 2, 3, 4, 5]].map(describe)).toEqual([
      'all',
      'Ulm',
      'Ulm, Factory 2, Factory 3',
      'Ulm, Factory 2, Factory 3 and 2 more',
    ])
  })

  test('describeUse leaves out unknown parts, and has no time in the future', () => {
    expect(describeUse({ last_used: null }, NOW)).toBe('–')
    expect(describeUse({ last_used: { at: at(-120), country: null, user_agent: 'curl/8' } }, NOW)).toBe('2 min ago, curl/8')
    expect(describeUse({ last_used: { at: at(60), country: 'DE', user_agent: null } }, NOW)).toBe('just now, DE')
  })
})

describe('findChanges', () => {
  test('findChanges returns the innermost members that differ', () => {
    const before = { name: 'Ulm', zone: 'UTC', shifts: [{ start: '06:00' }, { start: '14:00' }], notes: [] }
    const after = { name: 'Ulm', zone: null, shifts: [{ start: '06:30' }], notes: ['x'] }
    expect(findChanges({ before, after })).toEqual([
      { path: 'zone', before: '"UTC"', after: 'null' },
      { path: 'shifts.0.start', before: '"06:00"', after: '"06:30"' },
      { path: 'shifts.1.start', before: '"14:00"', after: undefined },
      { path: 'notes', before: '[]', after: undefined },
      { path: 'notes.0', before: undefined, after: '"x"' },
    ])
  })

  test('findChanges returns all members of a resource that was created or deleted, and none without a change', () => {
    expect(findChanges({ before: null, after: { id: 1 } })).toEqual([{ path: 'id', before: undefined, after: '1' }])
    expect(findChanges({ before: { id: 1 }, after: null })).toEqual([{ path: 'id', before: '1', after: undefined }])
    expect(findChanges({ before: { id: 1 }, after: { id: 1 } })).toEqual([])
    expect(findChanges({ before: null, after: null })).toEqual([])
    expect(findChanges({ before: 1, after: 2 })).toEqual([{ path: '', before: '1', after: '2' }])
  })
})

test.each([
  ['/api/factory/3/schedule', '/factory/3'],
  ['/api/factory/12', '/factory/12'],
  ['/api/factory/12x', undefined],
  ['/api/key/3', undefined],
])('findFactoryAddress of %s is %s', (target, address) => expect(findFactoryAddress({ target })).toBe(address))

test('parseQuotas reads the header RateLimit-Policy', () => {
  expect(parseQuotas('"read";q=24000;w=60, "database-large";q=600;w=10')).toEqual([
    { name: 'read', requests: 24_000, seconds: 60 },
    { name: 'database-large', requests: 600, seconds: 10 },
  ])
  expect(parseQuotas('')).toEqual([])
})

test.each(['keys', 'organisation', 'audit'] as const)('the page %s has an address', (show) => {
  expect(parseView(new URL(`https://host/?${show}`))).toEqual({ show })
  expect(formatViewUrl({ show })).toBe(`/?${show}`)
})
