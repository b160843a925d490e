import { createName, h, setText } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatNumber } from '../values/numbers.ts'
import { createTableHead } from '../elements/table-head.ts'
import { formatWithOffset } from '../values/time-zone.ts'
import type { CheckedFile, ImportSettings, LineReading } from './check-lines.ts'
import type { Row, Table } from './read-table.ts'
import { quoteTime } from './time-cells.ts'
import { texts } from '../texts/import.ts'

/** Number of lines in the preview. */
const LINES = 5
const { columns: heads } = texts
const COLUMNS = [heads.line, heads.timeInFile, heads.understoodAs, heads.made, heads.planned, heads.scrap]

/** Formats a figure as the import treats it. */
const formatFigure = (figure: number | null | undefined): string => {
  if (figure === undefined) return texts.unchanged
  return figure === null ? texts.cleared : formatNumber(figure)
}

const createRow = (row: Row, { columns }: ImportSettings, zone: string, reading: LineReading | undefined, problem: string) => {
  const cells = reading
    ? [formatWithOffset(reading.time, zone), formatFigure(reading.actual), formatFigure(reading.goal), formatFigure(reading.scrap)]
    : [h('span', { className: 'refusal' }, problem), '', '', '']
  const time = h('td', {}, createName(quoteTime(row.fields, columns)))
  return h('tr', {}, h('th', { scope: 'row' }, String(row.line)), time, ...cells.map((cell) => h('td', {}, cell)))
}

/** Explains why a file cannot be sent with these settings; undefined if it can. */
const findObstacle = ({ columns, format }: ImportSettings): string | undefined => {
  if (columns.time === undefined) return texts.chooseTime
  if (format === undefined) return texts.chooseFormat
  const figures = [columns.actual, columns.goal, columns.scrap].filter((column) => column !== undefined)
  if (figures.length === 0) return texts.chooseFigure
  const used = [columns.time, columns.timeOfDay, ...figures].filter((column) => column !== undefined)
  return new Set(used).size < used.length ? texts.chooseOtherColumns : undefined
}

/** Creates the preview of a file: its first lines, how its first and its last time are understood, and the number of readings. */
export const createPreview = (zone: string) => {
  const words = h('p', { role: 'status' })
  const box = createScrollRegion(texts.firstLines)
  const describeTimes = ({ rows }: Table, { columns }: ImportSettings, { readings }: CheckedFile): string => {
    const quote = ({ line, time }: LineReading) => {
      const row = rows.find((each) => each.line === line)!
      return texts.quote(line, quoteTime(row.fields, columns), formatWithOffset(time, zone))
    }
    const [first, last] = [readings[0], readings.at(-1)]
    return first && last ? texts.times(quote(first), quote(last), zone) : ''
  }
  return {
    element: h('div', { className: 'preview' }, h('h3', {}, texts.preview), box, words, h('p', { className: 'hint' }, texts.emptyHint)),
    /** Shows a file. Returns false if it cannot be sent with these settings. */
    show(table: Table, settings: ImportSettings, checked: CheckedFile): boolean {
      const obstacle = findObstacle(settings)
      const readings = new Map(checked.readings.map((reading) => [reading.line, reading]))
      const refused = new Set(checked.refused.map(({ line }) => line))
      const rows = table.rows.slice(0, LINES).map((row) => {
        const problem = refused.has(row.line) ? texts.refusedBelow : texts.laterLine
        return createRow(row, settings, zone, readings.get(row.line), obstacle === undefined ? problem : '')
      })
      box.replaceChildren(h('table', {}, createTableHead(COLUMNS), h('tbody', {}, ...rows)))
      const counts = [
        texts.lines(table.rows.length, checked.readings.length),
        refused.size > 0 && texts.refusedCount(formatNumber(refused.size)),
        checked.repeated > 0 && texts.repeatedCount(formatNumber(checked.repeated)),
      ]
      setText(words, obstacle ?? `${counts.filter(Boolean).join(', ')}. ${describeTimes(table, settings, checked)}`.trim())
      return obstacle === undefined
    },
  }
}
