import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInstant, parseInstantMs } from '../../../src/schemas/timestamp.ts'
import { describeWrongUnit, PER_SECOND, UNITS } from '../../../src/schemas/time-unit.ts'

// Promise: texts that are instants are parsed exactly, and numbers that are probably in another unit are recognised.

describe('parseInstant', () => {
  const offset = fc.integer({ min: -1439, max: 1439 })
  const formatOffset = (minutes: number) => {
    const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    return `${minutes < 0 ? '-' : '+'}${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  }

  test('parseInstant returns every instant of the years 0 to 9999 at every offset', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
        offset,
        fc.constantFrom('T', 't', ' '),
        (date, minutes, separator) => {
          const local = new Date(date.getTime() + minutes * 60_000).toISOString()
          expect(parseInstantMs(local.replace('T', separator).replace('Z', formatOffset(minutes)))).toBe(date.getTime())
          expect(parseInstantMs(date.toISOString().replace('Z', 'z'))).toBe(date.getTime())
        },
      ),
    )
  })

  test.each([
    ['2016-12-31T23:59:60Z', 1_483_228_800, true],
    ['2016-12-31T18:59:60.5-05:00', 1_483_228_800, false],
    ['2017-01-01T08:59:60+09:00', 1_483_228_800, true],
    ['1990-12-31T23:59:60Z', 662_688_000, true],
    ['2021-01-21T02:00:00.000000000000000000000000000001Z', 1_611_194_400, false],
    ['1969-12-31T23:59:59.9Z', -1, false],
  ])('parseInstant reads %s', (text, seconds, isWhole) => {
    expect(parseInstant(text)).toMatchObject({ seconds, isWhole })
  })

  test.each([
    ['2016-12-31T23:58:60Z', '2016-12-30T23:59:60Z', '2016-12-31T23:59:60+01:00', '2021-01-21T02:00:61Z'],
    ['2021-02-29T00:00:00Z', '2021-04-31T00:00:00Z', '2021-00-01T00:00:00Z', '2021-13-01T00:00:00Z', '2021-01-00T00:00:00Z'],
    ['2021-01-21T24:00:00Z', '2021-01-21T02:60:00Z', '2021-01-21T02:00:00+24:00', '2021-01-21T02:00:00+01:60'],
    [
      '2021-01-21',
      '2021-01-21T02:00Z',
      '2021-01-21T02:00:00',
      '2021-01-21T02:00:00+0100',
      '2021-01-21T02:00:00,5Z',
      '2021-01-21T02:00:00.Z',
    ],
    ['20210121T020000Z', '+002021-01-21T02:00:00Z', ' 2021-01-21T02:00:00Z', '２021-01-21T02:00:00Z', '2021-01-21\t02:00:00Z', ''],
  ])('parseInstant returns undefined for %s', (...texts) => {
    for (const text of texts) expect(parseInstant(text), text).toBeUndefined()
  })
})

describe('describeWrongUnit', () => {
  const seconds = fc.integer({ min: Date.UTC(2000, 0) / 1000, max: Date.UTC(2100, 0) / 1000 - 1 })
  const names = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' }

  test('describeWrongUnit recognises every instant of this century in every pair of units', () => {
    fc.assert(
      fc.property(seconds, fc.constantFrom(...UNITS), fc.constantFrom(...UNITS), (time, sent, actual) => {
        const detail = describeWrongUnit(time * PER_SECOND[actual], sent)
        expect(detail).toBe(sent === actual ? undefined : `This looks like ${names[actual]}; send ${names[sent]}.`)
      }),
    )
  })

  test('describeWrongUnit returns undefined for a number that looks like no other unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 53) + 1, max: Date.UTC(10_000, 0) / 1000 - 1 }), (time) => {
        expect(describeWrongUnit(time)).toBeUndefined()
      }),
    )
    expect(describeWrongUnit(Date.UTC(1999, 0), 'ms')).toBeUndefined()
    expect(describeWrongUnit(0, 'ns')).toBeUndefined()
  })

  test.each([
    [Date.UTC(1985, 0), 'milliseconds'],
    [Date.UTC(1985, 0) * 1000, 'microseconds'],
    [Number.MAX_SAFE_INTEGER, 'microseconds'],
  ])('describeWrongUnit names the coarsest unit for %d, which is later than the year 9999 in seconds', (value, name) => {
    expect(describeWrongUnit(value)).toBe(`This looks like ${name}; send seconds.`)
  })
})
