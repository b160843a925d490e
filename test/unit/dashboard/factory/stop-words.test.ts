import { expect, test } from 'vitest'
import { buildReasonCode } from '../../../../src/dashboard/factory/stop-words.ts'

// Promise: a new stop reason gets a code that the API accepts and that no other reason has.

test.each([
  ['Tool change', [], 'tool-change'],
  ['Übergabe / Prüfung', [], 'ubergabe-prufung'],
  ['Jam', ['jam', 'jam-2'], 'jam-3'],
  ['詰まり', ['reason'], 'reason-2'],
  ['-'.repeat(50), [], 'reason'],
])('buildReasonCode returns for %j next to %j the code %s', (name, existing, code) => {
  expect(buildReasonCode(name, existing)).toBe(code)
})

test('buildReasonCode returns at most 40 characters', () => {
  expect(buildReasonCode('a'.repeat(100), ['a'.repeat(36)])).toHaveLength(38)
})
