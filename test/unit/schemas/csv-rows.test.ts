import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, test } from 'vitest'
import { readDialect } from '../../../src/schemas/csv-dialect.ts'
import { parseRows } from '../../../src/schemas/csv-rows.ts'

// Promise: the rows of any CSV are those of RFC 4180, with their line numbers, and no text takes more than linear time.

/** Parses a CSV text. Returns the line, the fields and the state of each row. */
const parse = (text: string): [line: number, fields: string[], isUnclosed: boolean][] => {
  const rows: [number, string[], boolean][] = []
  parseRows(readDialect(text), (...row) => void rows.push(row))
  return rows
}
const fieldsOf = (text: string) => parse(text).map(([, fields]) => fields)

const cell = fc.string({ unit: fc.constantFrom('a', '1', ' ', '"', ',', ';', '\n', '\t', 'é'), maxLength: 6 }).map((text) => `x${text}`)
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }))

describe('parseRows', () => {
  test('parseRows reads what papaparse writes', () => {
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';', '\t'), fc.boolean(), (rows, delimiter, quotes) => {
        const text = Papa.unparse(rows, { delimiter, quotes, newline: '\n' })
        const read: string[][] = []
        parseRows({ text, delimiter, firstLine: 1 }, (_, fields, isUnclosed) => void read.push(isUnclosed ? ['not closed'] : fields))
        expect(read).toEqual(rows)
      }),
    )
  })

  test('parseRows counts the lines of quoted line ends and of empty rows', () =>
    expect(parse('a,b\n"1\n\n2",3\n\n,\n4,"5"\n').map(([line, fields]) => [line, ...fields])).toEqual([
      [1, 'a', 'b'],
      [2, '1\n\n2', '3'],
      [7, '4', '5'],
    ]))

  test('parseRows accepts blanks after a quoted field, quotes within a plain one, and an empty last field', () =>
    expect(fieldsOf('a,b\n"1" \t,"2"  \n3",4"5\n6,')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3"', '4"5'],
      ['6', ''],
    ]))

  test.each([
    ['a quote that is not closed', 'a,b\n1,"2\n3,4'],
    ['a quote that is not doubled', 'a,b\n1,"2"2"\n3,4'],
    ['a blank and a letter after a quote', 'a,b\n1,"2" x\n3,4'],
  ])('parseRows ends at %s', (_, text) => {
    const [, row, ...others] = parse(text)
    expect([row?.[0], row?.[2], others]).toEqual([2, true, []])
  })

  test.each([
    ['quotes in a quoted field before many blanks', `"${'y"x'.repeat(100_000)}${' '.repeat(700_000)}",1`],
    ['doubled quotes', `"${'""'.repeat(500_000)}",1`],
    ['rows without a delimiter', '1\n'.repeat(500_000)],
    ['quoted rows with blanks', `"1"${' '.repeat(1_000)}\n`.repeat(1_000)],
  ])('parseRows reads 1 MB of %s in a moment', (_, row) => {
    const start = performance.now()
    parse(`time,actual\n${row}\n`)
    // A minute would be quadratic time, and the slowest machine needs far less than this for linear time.
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})
