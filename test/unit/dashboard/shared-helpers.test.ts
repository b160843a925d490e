import { afterEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../../src/client/client.ts'
import { ROLES } from '../../../src/schemas/roles.ts'
import type { Role } from '../../../src/schemas/roles.ts'
import { compareNames } from '../../../src/dashboard/values/compare-names.ts'
import { describeFailure } from '../../../src/dashboard/api/describe-failure.ts'
import { mayManageCatalogues } from '../../../src/dashboard/api/key-access.ts'
import { formatAttainment, formatRounded } from '../../../src/dashboard/values/numbers.ts'
import { hasNextPage } from '../../../src/dashboard/api/next-page.ts'
import { readStored, writeStored } from '../../../src/dashboard/browser/storage.ts'
import { sumKnown } from '../../../src/dashboard/values/sum-known.ts'
import { moveLocalDays } from '../../../src/dashboard/values/time-zone.ts'

// Promise: functions that several pages share treat unknown figures, equal names and failed requests in one way.

describe('shared functions of the dashboard', () => {
  test('compareNames orders numbers by value and equal names by id', () => {
    const names = ['Line 10', 'line 2', null, 'Line 2'].map((name, id) => ({ id, name }))
    expect(names.toSorted(compareNames).map(({ id }) => id)).toEqual([2, 1, 3, 0])
  })

  test('sumKnown is null without a known value, and leaves out unknown ones', () => {
    expect(sumKnown([null, undefined])).toBeNull()
    expect(sumKnown([2, null, 0, 3])).toBe(5)
  })

  test('formatRounded keeps an unknown figure unknown', () => {
    expect(formatRounded(1234.5)).toBe('1,235')
    expect(formatRounded(null)).toBe('–')
  })

  test('formatAttainment rounds down, so that only a reached goal is 100 %', () => {
    expect([0.9996, 1, 1.001, 0.29].map(formatAttainment)).toEqual(['99.9%', '100.0%', '100.1%', '29.0%'])
    expect(formatAttainment(null)).toBe('–')
  })

  test('moveLocalDays keeps the time of day across months', () => {
    expect(moveLocalDays('2026-03-01T06:30:15', -1)).toBe('2026-02-28T06:30:15')
    expect(moveLocalDays('2026-12-31T00:00:00', 1)).toBe('2027-01-01T00:00:00')
  })

  test('hasNextPage is true only for a link to a next page', () => {
    expect(hasNextPage(new Headers({ Link: '</a>; rel="prev", </b>; rel="next"' }))).toBe(true)
    expect(hasNextPage(new Headers({ Link: '</a>; rel="prev"' }))).toBe(false)
    expect(hasNextPage(new Headers())).toBe(false)
  })

  test('mayManageCatalogues is true for engineers and admins whose keys are not limited to factories', () => {
    const check = (role: Role, isLimited: boolean) => mayManageCatalogues({ role, isLimited, keyId: 1 })
    expect(ROLES.filter((role) => check(role, false))).toEqual(['engineer', 'admin'])
    expect(ROLES.filter((role) => check(role, true))).toEqual([])
  })

  test('describeFailure shows the message of the API, or says that the server does not respond', () => {
    const refused = new ApiError(new Response(null, { status: 403 }), { detail: 'The key may not write.' })
    expect(describeFailure(refused)).toBe('The key may not write.')
    expect(describeFailure(new TypeError('Failed to fetch'))).toBe('The server does not respond. Try again.')
    expect(describeFailure(new TypeError(), 'Trying again.')).toBe('The server does not respond. Trying again.')
  })
})

describe('storage', () => {
  afterEach(() => vi.unstubAllGlobals())

  /** Creates the storage of a browser. `isFull` refuses new texts. */
  const stubStorage = () => {
    const stored = new Map<string, string>()
    const storage = { isFull: false, stored }
    const setItem = (name: string, text: string) => {
      if (storage.isFull) throw new DOMException('Full', 'QuotaExceededError')
      stored.set(name, text)
    }
    vi.stubGlobal('localStorage', {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem,
      removeItem: (name: string) => stored.delete(name),
    })
    return storage
  }

  test('readStored returns a text that the browser could read but not store', () => {
    const storage = stubStorage()
    storage.isFull = true
    expect(writeStored('browser', 'bands', '100,95')).toBe(false)
    expect(readStored('browser', 'bands')).toBe('100,95')
  })

  test('readStored returns nothing after a text is stored and another tab removes it', () => {
    const storage = stubStorage()
    storage.isFull = true
    writeStored('browser', 'bands', '100,95')
    storage.isFull = false
    writeStored('browser', 'bands', '90,80')
    storage.stored.clear()
    expect(readStored('browser', 'bands')).toBeUndefined()
  })
})
