import { expect, test } from 'vitest'
import { memberColumns, renderCsv, timeColumns } from '../../../src/documents/csv.ts'
import type { CsvColumns } from '../../../src/documents/csv.ts'

// Promise: a list in CSV has its header, its times for people and machines, and no cell that a spreadsheet evaluates.

test('a list without rows has its header line', () => {
  const columns: CsvColumns<{ from: number; name: string }> = { ...timeColumns('from'), ...memberColumns('name') }
  expect(renderCsv(columns, [])).toBe('from,iso_from,name\r\n')
})

test('a time is in Unix seconds and in ISO 8601, and an unknown value is empty', () => {
  const columns: CsvColumns<{ to: number | null; gap: number | null }> = { ...timeColumns('to'), ...memberColumns('gap') }
  expect(
    renderCsv(columns, [
      { to: 1_611_206_018, gap: -30 },
      { to: null, gap: null },
    ]),
  ).toBe('to,iso_to,gap\r\n1611206018,2021-01-21T05:13:38Z,-30\r\n,,\r\n')
})

test.each([
  ['=HYPERLINK(A1)', `"'=HYPERLINK(A1)"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@sum', `"'@sum"`],
  ['＝1', `"'＝1"`],
  ['=A1,"x"', `"'=A1,""x"""`],
  [' padded', '" padded"'],
  ['a=1', 'a=1'],
  ['a, b', '"a, b"'],
  ['a;=1', '"a;=1"'],
  ['12" disc', '"12"" disc"'],
])('the text %s is the cell %s', (name, cell) => {
  expect(renderCsv(memberColumns('name'), [{ name }])).toBe(`name\r\n${cell}\r\n`)
})
