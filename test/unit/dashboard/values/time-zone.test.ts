import { describe, expect, test } from 'vitest'
import { createLocalReader, formatWithOffset, fromLocal } from '../../../../src/dashboard/values/time-zone.ts'

// Promise: a local time is converted to each instant that it means, also where clocks change.

const toSeconds = (text: string) => Date.parse(`${text}Z`) / 1000
const readIn = (zone: string, text: string) =>
  createLocalReader(zone)(toSeconds(text)).map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 16))

describe('createLocalReader', () => {
  test.each([
    ['an ordinary day', 'Europe/Berlin', '2026-04-07T06:00', ['2026-04-07T04:00']],
    ['an hour that the clocks skip', 'Europe/Berlin', '2026-03-29T02:30', []],
    ['the second before a skipped hour', 'Europe/Berlin', '2026-03-29T01:59:59', ['2026-03-29T00:59']],
    ['the end of a skipped hour', 'Europe/Berlin', '2026-03-29T03:00', ['2026-03-29T01:00']],
    ['an hour that occurs twice', 'Europe/Berlin', '2026-10-25T02:30', ['2026-10-25T00:30', '2026-10-25T01:30']],
    ['the end of an hour that occurs twice', 'Europe/Berlin', '2026-10-25T03:00', ['2026-10-25T02:00']],
    ['a half hour that occurs twice', 'Australia/Lord_Howe', '2026-04-05T01:45', ['2026-04-04T14:45', '2026-04-04T15:15']],
    ['a day that a zone skips', 'Pacific/Apia', '2011-12-30T12:00', []],
    ['the day after a skipped day', 'Pacific/Apia', '2011-12-31T12:00', ['2011-12-30T22:00']],
    ['the largest offset', 'Pacific/Kiritimati', '2026-01-01T00:00', ['2025-12-31T10:00']],
  ])('returns the instants of %s', (_, zone, text, instants) => {
    expect(readIn(zone, text)).toEqual(instants)
  })

  test('returns the same as fromLocal for each hour of a year with a change of the clocks', () => {
    const read = createLocalReader('America/New_York')
    for (let hour = toSeconds('2026-01-01T00:00'); hour < toSeconds('2027-01-01T00:00'); hour += 3600) {
      const [first] = read(hour)
      const text = new Date(hour * 1000).toISOString().slice(0, 19)
      if (first === undefined) expect(text).toBe('2026-03-08T02:00:00')
      else expect(first, text).toBe(fromLocal(text, 'America/New_York'))
    }
  })
})

describe('fromLocal', () => {
  const [first, second] = [toSeconds('2026-10-25T00:30'), toSeconds('2026-10-25T01:30')]

  test.each([
    ['the time that an input shows', '2026-10-25T02:30', second, second],
    ['that time if the browser adds seconds', '2026-10-25T02:30:00', second, second],
    ['the first time without one', '2026-10-25T02:30', undefined, first],
    ['the first time after a change', '2026-10-25T02:30', second + 60, first],
  ])('returns %s in an hour that occurs twice', (_, text, shown, seconds) => {
    expect(fromLocal(text, 'Europe/Berlin', shown)).toBe(seconds)
  })
})

describe('formatWithOffset', () => {
  test.each([
    ['Europe/Berlin', '2026-04-07T06:00:00+02:00'],
    ['America/St_Johns', '2026-04-07T01:30:00-02:30'],
    ['UTC', '2026-04-07T04:00:00+00:00'],
    ['Asia/Kathmandu', '2026-04-07T09:45:00+05:45'],
  ])('names the offset of %s', (zone, text) => {
    expect(formatWithOffset(toSeconds('2026-04-07T04:00'), zone)).toBe(text)
    expect(Date.parse(text) / 1000).toBe(toSeconds('2026-04-07T04:00'))
  })
})
