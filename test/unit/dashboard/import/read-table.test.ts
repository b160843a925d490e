import { describe, expect, test } from 'vitest'
import { guessColumns } from '../../../../src/dashboard/import/columns.ts'
import { readTable } from '../../../../src/dashboard/import/read-table.ts'

// Promise: a CSV file of a spreadsheet is read in its dialect, and its columns are recognized by their names.

const read = (text: string) => readTable(new TextEncoder().encode(text))

describe('readTable', () => {
  test('reads rows with the numbers of their lines, in the dialect of the file', () => {
    const { header, rows } = read('\uFEFFsep=;\r\n"Zeit";Ist;;\r\n\r\n"1775541600";"1\r\n2"\r\n;;\r\n1775541660;3;;\r\n;;;\r\n')
    expect(header).toEqual(['Zeit', 'Ist'])
    expect(rows).toEqual([
      { line: 4, fields: ['1775541600', '1\n2'] },
      { line: 7, fields: ['1775541660', '3', '', ''] },
    ])
  })

  test.each([
    ['', 'The file has no readings.'],
    ['time,actual\n', 'The file has no readings.'],
    ['time,actual\n1,"2\n3,4\n', 'Line 2: a quoted field is not closed.'],
    ['time,actual,readings\n1,2,3\n', 'The column readings belongs to sums'],
  ])('refuses a whole file that is unusable: %j', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  test('refuses a file in another encoding, or one that is too large', () => {
    expect(() => readTable(new Uint8Array([0x74, 0xfc, 0x0a]))).toThrow('not UTF-8')
    expect(() => readTable(new Uint8Array(50_000_001))).toThrow('larger than 50 MB')
  })
})

describe('guessColumns', () => {
  test.each([
    [['time', 'iso_time', 'actual', 'goal', 'scrap'], { time: 0, actual: 2, goal: 3, scrap: 4 }],
    [['Soll-Menge', 'Ist Menge', 'Zeit', 'Ausschuss'], { time: 2, actual: 1, goal: 0, scrap: 3 }],
    [['TIMESTAMP', 'sprocket_production_actual', 'sprocket_production_goal'], { time: 0, actual: 1, goal: 2 }],
    [['machine', 'value'], {}],
    [['iso_time', 'Made'], { time: 0, actual: 1 }],
  ])('finds the columns of %j', (header, columns) => {
    expect(guessColumns(header, [])).toEqual(columns)
  })

  test.each([
    [['date', 'time', 'actual'], ['2026-04-07', '06:00', '31'], { time: 0, timeOfDay: 1, actual: 2 }],
    [['Ist', 'Uhrzeit', 'Datum'], ['31', '6:00:05 AM', '4/7/2026'], { time: 2, timeOfDay: 1, actual: 0 }],
    [['date', 'time', 'actual'], ['2026-04-07', '1775541600', '31'], { time: 1, actual: 2 }],
    [['date', 'time', 'actual'], ['2026-04-07', '2026-04-07 06:00', '31'], { time: 1, actual: 2 }],
    [['date', 'actual'], ['2026-04-07 06:00', '31'], { time: 0, actual: 1 }],
  ])('finds a separate time of day by the cells: %j %j', (header, cells, columns) => {
    expect(guessColumns(header, [cells])).toEqual(columns)
  })
})
