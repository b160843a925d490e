import { describe, expect, test } from 'vitest'
import { detectFormat, isLocalFormat, parseTime } from '../../../../src/dashboard/import/time-formats.ts'
import type { TimeFormat } from '../../../../src/dashboard/import/time-formats.ts'

// Promise: the times of a file are read in the format that they show, and an ambiguous format is never guessed.

const at = (text: string) => Date.parse(text)

describe('parseTime', () => {
  test.each<[TimeFormat, string, number]>([
    ['seconds', ' 1775541600 ', at('2026-04-07T06:00:00Z')],
    ['seconds', '1775541600.0', at('2026-04-07T06:00:00Z')],
    ['milliseconds', '1775541600123', at('2026-04-07T06:00:00.123Z')],
    ['offset', '2026-04-07T06:00:00Z', at('2026-04-07T06:00:00Z')],
    ['offset', '2026-04-07 06:00+02:00', at('2026-04-07T04:00:00Z')],
    ['offset', '2026-04-07T06:00:30.5-0330', at('2026-04-07T09:30:30.500Z')],
    ['local', '2026-04-07T04:00Z', at('2026-04-07T04:00:00Z')],
    ['month-day', '2026-04-07T04:00:00Z', at('2026-04-07T04:00:00Z')],
  ])('reads an instant as %s: %s', (format, text, instant) => {
    expect(parseTime(text, format)).toEqual({ instant })
  })

  test.each<[TimeFormat, string, number]>([
    ['local', '2026-04-07 06:00', at('2026-04-07T06:00:00Z')],
    ['local', '2026-4-7T6:00:05.25', at('2026-04-07T06:00:05.250Z')],
    ['local', '2026/04/07 23:59:59', at('2026-04-07T23:59:59Z')],
    ['day-month', '07.04.2026 06:00', at('2026-04-07T06:00:00Z')],
    ['day-month', '7/4/2026, 06:00:01', at('2026-04-07T06:00:01Z')],
    ['month-day', '4/7/2026 6:00 AM', at('2026-04-07T06:00:00Z')],
    ['month-day', '4/7/2026 12:05 a.m.', at('2026-04-07T00:05:00Z')],
    ['month-day', '4/7/2026 12:05:00 PM', at('2026-04-07T12:05:00Z')],
    ['local', '2028-02-29 00:00', at('2028-02-29T00:00:00Z')],
  ])('reads a local time as %s: %s', (format, text, local) => {
    expect(parseTime(text, format)).toEqual({ local })
  })

  test.each<[TimeFormat, string]>([
    ['seconds', '1775541600000'],
    ['seconds', '1.7755416E9'],
    ['seconds', '1,775,541,600'],
    ['seconds', ''],
    ['milliseconds', '1775541600'],
    ['milliseconds', '1775541600000.5'],
    ['offset', '2026-04-07T06:00:00'],
    ['offset', '2026-02-30T06:00:00Z'],
    ['local', '2026-02-29 06:00'],
    ['local', '2026-04-07 24:00'],
    ['local', '2026-04-07 06:60'],
    ['local', '2026-04-07'],
    ['local', '07.04.2026 06:00'],
    ['day-month', '4/13/2026 06:00'],
    ['day-month', '07.04.26 06:00'],
    ['month-day', '13/4/2026 06:00'],
    ['month-day', '07.04.2026 06:00'],
    ['month-day', '4/7/2026 13:00 PM'],
    ['month-day', '4/7/2026 0:30 AM'],
  ])('does not read as %s: %s', (format, text) => {
    expect(parseTime(text, format)).toBeUndefined()
  })
})

describe('detectFormat', () => {
  test.each<[string[], TimeFormat | undefined]>([
    [['1775541600', '1775541660'], 'seconds'],
    [['1775541600000'], 'milliseconds'],
    [['2026-04-07T06:00:00Z'], 'offset'],
    [['2026-04-07 06:00', '', '2026-04-07 06:01'], 'local'],
    [['07.04.2026 06:00'], 'day-month'],
    [['3/4/2026 06:00', '12/4/2026 06:00'], undefined],
    [['3/4/2026 06:00', '13/4/2026 06:00'], 'day-month'],
    [['3/4/2026 06:00', '4/13/2026 06:00'], 'month-day'],
    [['3/14/2026 06:00', '14/3/2026 06:00'], undefined],
    [['2026-04-07 06:00', '2026-04-07 06:01', '2026-04-07T06:00:00Z'], 'local'],
    [['07.04.2026 06:00', '2026-04-07T06:00:00Z', '2026-04-07T06:01:00Z'], 'day-month'],
    [['3/4/2026 06:00', '2026-04-07T06:00:00Z', '2026-04-07T06:01:00Z'], undefined],
    [['06:00', '06:01'], undefined],
    [[], undefined],
  ])('finds the format of %j', (texts, format) => {
    expect(detectFormat(texts)).toBe(format)
  })

  test('isLocalFormat is true for the formats that need a time zone', () => {
    const formats: (TimeFormat | undefined)[] = ['seconds', 'milliseconds', 'offset', 'local', 'day-month', 'month-day', undefined]
    expect(formats.filter(isLocalFormat)).toEqual(['local', 'day-month', 'month-day'])
  })
})
