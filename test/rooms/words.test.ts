import { expect, test } from 'vitest'
import { counted, freshness } from '../../src/dashboard/words.ts'

const NOW = 1_767_312_000
const HOUR = 3600

test.each<[string, number, number, boolean]>([
  ['every minute, heard of a quarter of an hour ago less a second', 1_440, 899, true],
  ['every minute, heard of a quarter of an hour ago', 1_440, 900, false],
  ['every hour, heard of nearly three hours ago', 24, 3 * HOUR - 1, true],
  ['every hour, heard of three hours ago', 24, 3 * HOUR, false],
  ['once a day, heard of yesterday at this time', 1, 24 * HOUR, false],
  ['once a day, heard of today', 1, 23 * HOUR, true],
  ['a clock that is ahead', 24, -300, true],
])('a factory that reports %s', (_, readings, age, fresh) => {
  const said = freshness({ time: NOW - age }, readings, NOW * 1000)
  expect([said.fresh, /^no data since \d/.test(said.words)]).toEqual([fresh, !fresh])
})

test('a factory without a reading has no data, which is not silence since a time', () => {
  expect(freshness(null, 0, NOW * 1000)).toEqual({ fresh: false, words: 'no data yet' })
})

test('how long ago is said in the largest unit that fits', () => {
  const words = [0, 30, 90, 899].map((age) => freshness({ time: NOW - age }, 1_440, NOW * 1000).words)
  expect(words).toEqual(['just now', '30 s ago', '1 min ago', '14 min ago'])
})

test('one is one, and all else are many', () => {
  expect([0, 1, 1_000].map((count) => counted(count, 'factory', 'factories'))).toEqual(['0 factories', '1 factory', '1,000 factories'])
})
