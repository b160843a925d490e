import Papa from 'papaparse'
import { createName, h, setText } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatNumber } from '../values/numbers.ts'
import { saveFile } from '../browser/save-file.ts'
import { createTableHead } from '../elements/table-head.ts'
import type { RefusedLine } from './check-lines.ts'
import type { Table } from './read-table.ts'
import { texts } from '../texts/import.ts'

/** Number of refused lines that the page lists. */
const SHOWN = 50

/** Renders refused lines as CSV: the columns of the file, then the number of the line and the problem. The file can be corrected and imported. */
export const renderRefused = ({ header, rows }: Table, refused: readonly RefusedLine[]): string => {
  const problems = Map.groupBy(refused, ({ line }) => line)
  const lines = rows
    .filter(({ line }) => problems.has(line))
    .map(({ line, fields }) => {
      const words = problems.get(line)!.map(({ column, problem }) => (column === undefined ? problem : `${column}: ${problem}`))
      return [...header.map((_, n) => fields[n] ?? ''), String(line), words.join(' ')]
    })
  return Papa.unparse([[...header, 'line', 'problem'], ...lines])
}

/** Creates the list of refused lines, each with its line, its column and its problem, and the button that saves all of them. */
export const createRefusedLines = (id: number) => {
  let shown: { table: Table; refused: readonly RefusedLine[] } | undefined
  const title = h('h3')
  const box = createScrollRegion(texts.refused)
  const save = h('button', { type: 'button', className: 'quiet' }, texts.saveRefused)
  save.addEventListener('click', () => {
    if (!shown) return
    saveFile(new Blob([renderRefused(shown.table, shown.refused)], { type: 'text/csv' }), `factory-${id}-refused.csv`)
  })
  const element = h('div', { className: 'refused', hidden: true }, title, box, h('p', { className: 'buttons' }, save))
  return {
    element,
    show(table: Table, refused: readonly RefusedLine[]) {
      shown = { table, refused }
      element.hidden = refused.length === 0
      const count = texts.refusedLines(new Set(refused.map(({ line }) => line)).size)
      setText(title, refused.length > SHOWN ? texts.firstProblems(count, formatNumber(SHOWN)) : count)
      const rows = refused
        .slice(0, SHOWN)
        .map(({ line, column, problem }) =>
          h('tr', {}, h('th', { scope: 'row' }, String(line)), h('td', {}, createName(column ?? '')), h('td', {}, createName(problem))),
        )
      box.replaceChildren(
        h('table', {}, createTableHead([texts.columns.line, texts.columns.column, texts.columns.problem]), h('tbody', {}, ...rows)),
      )
    },
    hide: () => (element.hidden = true),
  }
}
