import { createName, h, setText } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatCount, formatNumber } from '../values/format.ts'
import { createTableHead } from '../elements/table-head.ts'
import { formatWithOffset } from '../values/time-zone.ts'
import type { CheckedFile, ImportSettings, LineReading } from './check-lines.ts'
import type { Row, Table } from './read-table.ts'

/** Number of lines in the preview. */
const LINES = 5
const COLUMNS = ['Line', 'Time in the file', 'Understood as', 'Made', 'Planned', 'Scrap']

/** Formats a figure as the import treats it. */
const formatFigure = (figure: number | null | undefined): string => {
  if (figure === undefined) return 'unchanged'
  return figure === null ? 'cleared' : formatNumber(figure)
}

const createRow = (row: Row, { columns }: ImportSettings, zone: string, reading: LineReading | undefined, problem: string) => {
  const cells = reading
    ? [formatWithOffset(reading.time, zone), formatFigure(reading.actual), formatFigure(reading.goal), formatFigure(reading.scrap)]
    : [h('span', { className: 'refusal' }, problem), '', '', '']
  const text = columns.time === undefined ? '' : (row.fields[columns.time] ?? '')
  return h('tr', {}, h('th', { scope: 'row' }, String(row.line)), h('td', {}, createName(text)), ...cells.map((cell) => h('td', {}, cell)))
}

/** Explains why a file cannot be sent with these settings; undefined if it can. */
const findObstacle = ({ columns, format }: ImportSettings): string | undefined => {
  if (columns.time === undefined) return 'Choose the column with the time.'
  if (format === undefined)
    return 'Choose the format of the times. The file does not show which one it is, or several formats fit, such as 3/4/2026.'
  const figures = [columns.actual, columns.goal, columns.scrap].filter((column) => column !== undefined)
  if (figures.length === 0) return 'Choose the column of at least one figure.'
  return new Set([columns.time, ...figures]).size <= figures.length ? 'Choose another column for each figure.' : undefined
}

/** Creates the preview of a file: its first lines, how its first and its last time are understood, and the number of readings. */
export const createPreview = (zone: string) => {
  const words = h('p', { role: 'status' })
  const box = createScrollRegion('First lines of the file')
  const describeTimes = ({ rows }: Table, { columns }: ImportSettings, { readings }: CheckedFile): string => {
    const quote = ({ line, time }: LineReading) => {
      const row = rows.find((each) => each.line === line)!
      return `line ${line} “${row.fields[columns.time!]!.trim()}” is ${formatWithOffset(time, zone)}`
    }
    const [first, last] = [readings[0], readings.at(-1)]
    return first && last ? `First time: ${quote(first)}. Last time: ${quote(last)}, in ${zone}.` : ''
  }
  return {
    element: h(
      'div',
      { className: 'preview' },
      h('h3', {}, 'Preview'),
      box,
      words,
      h('p', { className: 'hint' }, 'An empty cell clears the stored figure. A figure without a column stays unchanged.'),
    ),
    /** Shows a file. Returns false if it cannot be sent with these settings. */
    show(table: Table, settings: ImportSettings, checked: CheckedFile): boolean {
      const obstacle = findObstacle(settings)
      const readings = new Map(checked.readings.map((reading) => [reading.line, reading]))
      const refused = new Set(checked.refused.map(({ line }) => line))
      const rows = table.rows.slice(0, LINES).map((row) => {
        const problem = refused.has(row.line) ? 'refused, see below' : 'a later line has this time'
        return createRow(row, settings, zone, readings.get(row.line), obstacle === undefined ? problem : '')
      })
      box.replaceChildren(h('table', {}, createTableHead(COLUMNS), h('tbody', {}, ...rows)))
      const counts = [
        `${formatCount(table.rows.length, 'line')}: ${formatCount(checked.readings.length, 'reading')}`,
        refused.size > 0 && `${formatNumber(refused.size)} refused`,
        checked.repeated > 0 && `${formatNumber(checked.repeated)} with the time of a later line, which counts`,
      ]
      setText(words, obstacle ?? `${counts.filter(Boolean).join(', ')}. ${describeTimes(table, settings, checked)}`.trim())
      return obstacle === undefined
    },
  }
}
