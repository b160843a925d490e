import { describe, expect, test } from 'vitest'
import { checkLines } from '../../../../src/dashboard/import/check-lines.ts'
import { guessColumns } from '../../../../src/dashboard/import/columns.ts'
import type { TimeFormat } from '../../../../src/dashboard/import/time-formats.ts'

// Promise: each line of a file is a reading, or it is refused with its line, its column and what to send instead.

const NOW = Date.parse('2026-11-27T12:00:00Z')

const check = (lines: string[], format: TimeFormat | '' = 'seconds', zone = 'UTC') => {
  const [header = [], ...rows] = lines.map((line) => line.split(','))
  const settings = { columns: guessColumns(header, rows), format: format === '' ? undefined : format, zone }
  return checkLines({ header, rows: rows.map((fields, n) => ({ line: n + 2, fields })) }, settings, 3, NOW)
}
const problemsOf = (...args: Parameters<typeof check>) =>
  check(...args).refused.map(({ line, column, problem }) => `${line} ${column ?? '-'}: ${problem}`)

describe('checkLines', () => {
  test('reads figures by the rules of the API: an empty cell is null, and an absent column is left out', () => {
    expect(check(['time,actual,scrap', '1775541600,12.0,', '1775541660,,0'])).toEqual({
      readings: [
        { line: 2, time: 1775541600, actual: 12, scrap: null },
        { line: 3, time: 1775541660, actual: null, scrap: 0 },
      ].slice(0, 1),
      refused: [{ line: 3, column: 'scrap', problem: expect.stringContaining('Scrap needs the actual production') as string }],
      repeated: 0,
    })
  })

  test.each(['1.234', '12.5', '1e3', '-1', '+1', '1 000', 'x'])('refuses the figure %s with its column', (figure) => {
    expect(problemsOf(['time,Made', `1775541600,${figure}`])).toEqual([expect.stringMatching(/^2 Made: Not a count\. Send digits only/)])
  })

  test('refuses each wrong cell of a line, and a line with another number of fields', () => {
    const lines = ['time,actual,goal', 'soon,1.5,2', '1775541600,1', '1775541660,1,2,', '1775541720,1,2,3']
    expect(problemsOf(lines)).toEqual([
      '2 time: Not a time of the chosen format. Send one such as 1775541600.',
      expect.stringMatching(/^2 actual: Not a count/),
      '3 -: The line has 2 fields for 3 columns. Send one field per column.',
      '5 -: The line has 4 fields for 3 columns. Send one field per column.',
    ])
  })

  test('refuses local times that clocks skip or repeat, and accepts the same lines with an offset', () => {
    const berlin = ['local', 'Europe/Berlin'] as const
    expect(problemsOf(['time,actual', '2026-03-29 02:30,1', '2026-10-25 02:30,1'], ...berlin)).toEqual([
      '2 time: This time does not exist in Europe/Berlin: the clocks skip it. Send the time with its offset, such as 2026-03-29T03:30:00+02:00.',
      '3 time: This time occurs twice in Europe/Berlin, because the clocks go back. Send 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00.',
    ])
    const { readings, refused } = check(['time,actual', '2026-10-25T02:30:00+01:00,1', '2026-04-07 06:00,2'], ...berlin)
    expect(refused).toEqual([])
    expect(readings.map(({ time }) => time)).toEqual([1792891800, 1775534400])
  })

  test('reads a date and a time of day in two columns, without the midnight and the first day that databases add', () => {
    const lines = [
      'Datum,Uhrzeit,Ist',
      '07.04.2026,06:00,1',
      '07.04.2026 00:00:00,06:01:30,2',
      '07.04.2026,30.12.1899 6:02,3',
      '26.10.2025,2025-10-26T02:30:00+01:00,4',
    ]
    const { readings, refused } = check(lines, 'day-month', 'Europe/Berlin')
    expect(refused).toEqual([])
    expect(readings.map(({ time }) => new Date(time * 1000).toISOString())).toEqual([
      '2026-04-07T04:00:00.000Z',
      '2026-04-07T04:01:30.000Z',
      '2026-04-07T04:02:00.000Z',
      '2025-10-26T01:30:00.000Z',
    ])
  })

  test('names the wrong one of a date and a time of day in two columns', () => {
    const lines = ['Datum,Uhrzeit,Ist', '07.04.2026,06:00,1', ',06:01,1', '07.04.2026,,1', '4/13/2026,06:02,1', '07.04.2026,6h,1']
    expect(problemsOf([...lines, '26.10.2025,02:30,1', '07.04.2027,06:00,1'], 'day-month', 'Europe/Berlin')).toEqual([
      '3 Datum: The date is missing. Add it.',
      '4 Uhrzeit: The time is missing. Add it.',
      '5 Datum: Not a date of the chosen format. Send one such as 07.04.2026.',
      '6 Uhrzeit: Not a time of the chosen format. Send one such as 06:00.',
      expect.stringMatching(/^7 Uhrzeit: This time occurs twice in Europe\/Berlin/),
      expect.stringMatching(/^8 Uhrzeit: More than 10 minutes in the future/),
    ])
  })

  test('counts the last line of equal times, and refuses different times of one second', () => {
    expect(check(['time,actual', '1775541600,1', '1775541660,2', '1775541600,3'])).toEqual({
      readings: [
        { line: 4, time: 1775541600, actual: 3 },
        { line: 3, time: 1775541660, actual: 2 },
      ],
      refused: [],
      repeated: 1,
    })
    expect(problemsOf(['time,actual', '1775541600100,1', '1775541600900,2', '1775541601000,2'], 'milliseconds')).toEqual([
      expect.stringMatching(/^2 time: Same second as line 3\./),
      expect.stringMatching(/^3 time: Same second as line 2\./),
    ])
  })

  test('refuses a missing time, a time in the future, an iso_time that differs, and a line of another factory', () => {
    const lines = [
      'time,iso_time,factory,actual',
      ',,3,1',
      `${NOW / 1000 + 3600},,3,1`,
      '1775541600,2026-04-07T06:00:01Z,3,1',
      '1775541660,,4,1',
    ]
    expect(problemsOf(lines)).toEqual([
      '2 time: The time is missing. Add it.',
      expect.stringMatching(/^3 time: More than 10 minutes in the future/),
      expect.stringMatching(/^4 iso_time: Not the same instant as time/),
      '5 factory: This line belongs to factory 4. Import it on its page.',
    ])
    expect(check(['time,iso_time,factory,actual', '1775541600,2026-04-07T06:00:00Z,3,1']).refused).toEqual([])
  })

  test('refuses scrap above the actual production of the line', () => {
    expect(problemsOf(['time,actual,scrap', '1775541600,3,4'])).toEqual([
      expect.stringMatching(/^2 scrap: More than the actual production of 3/),
    ])
  })

  test('reads nothing before the format and the column of times are known', () => {
    expect(check(['time,actual', '1775541600,1'], '').readings).toEqual([])
    expect(check(['moment,actual', '1775541600,1']).readings).toEqual([])
  })
})
