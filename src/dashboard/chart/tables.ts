import type { Reads } from '../../client/operations.ts'
import { INCOMPLETE_SIGN } from '../values/completeness.ts'
import { h } from '../elements/dom.ts'
import { computeGap, describeMissingReadings } from './chart-summary.ts'
import type { ChartData } from './chart-summary.ts'
import { formatTime } from '../values/format.ts'
import { formatNumber, formatGap } from '../values/numbers.ts'
import { createTableHead } from '../elements/table-head.ts'
import { texts } from '../texts/chart.ts'

type Hour = Reads['/api/factory/{id}/summary']['hours'][number]

const createRow = (first: string, ...cells: (string | Node)[]) =>
  h('tr', {}, h('th', { scope: 'row' }, first), ...cells.map((cell) => h('td', {}, cell)))

/** Returns the content of the cell with the number of readings, marked if readings are missing. */
const formatReadingCount = (readings: number, missing: string | undefined) =>
  missing === undefined ? formatNumber(readings) : h('span', { className: 'incomplete' }, `${INCOMPLETE_SIGN} ${texts.incomplete(missing)}`)

/** Converts hours of a summary to intervals with their number of readings. */
export const toIntervals = (hours: Hour[]) =>
  hours.map(({ from, to, readings }) => ({ readings, seconds: from === null || to === null ? 3600 : to - from }))

/** Creates the table of all points of a chart, newest first. With `correct`, each has a button to correct it. */
export const createPointsTable = (chartData: ChartData, correct?: (time: number) => void): HTMLElement => {
  const { series, resolution, zone } = chartData
  const { time, readings, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const missing = describeMissingReadings(chartData)
  const rows = time.map((at, n) => {
    const label = texts.correctReading(formatTime(at, zone))
    return createRow(
      formatTime(at, zone),
      formatNumber(actual[n] ?? null),
      formatNumber(goal[n] ?? null),
      formatGap(computeGap(series, n)),
      ...(readings ? [formatReadingCount(readings[n]!, missing[n])] : []),
      ...(correct
        ? [h('button', { type: 'button', className: 'quiet', 'aria-label': label, onclick: () => correct(at) }, texts.correct)]
        : []),
    )
  })
  const { columns } = texts
  const names = [
    `${texts.heads[resolution]} (${zone})`,
    columns.made,
    columns.planned,
    columns.gap,
    ...(readings ? [columns.readings] : []),
    ...(correct ? [columns.change] : []),
  ]
  return h('table', { className: 'figures' }, createTableHead(names), h('tbody', {}, ...rows.toReversed()))
}
