import { expect, test } from 'vitest'
import { maxClaimsFor } from '../../../src/cache/publish.ts'

// Promise: a run claims only as many entries as its remaining operations can publish.

test.each([
  [0, 0],
  [5, 0],
  [6, 1],
  [45, 40],
  [46, 36],
  [90, 80],
  [800, 710],
])('maxClaimsFor leaves 5 of %i operations to each group of 40 entries, which gives %i claims', (operations, claims) => {
  expect(maxClaimsFor(operations)).toBe(claims)
})
