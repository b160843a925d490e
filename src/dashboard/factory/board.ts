import { INCOMPLETE_SIGN } from '../values/completeness.ts'
import { h, createName } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatDuration, formatGap, formatNumber, formatRounded, formatSpan, formatTime, UNKNOWN } from '../values/format.ts'
import { STATE_NAMES } from '../values/state.ts'
import type { HourRow } from './hour-rows.ts'
import type { FactoryData } from './load-factory.ts'
import { findReasonName } from './stop-words.ts'

const COLUMNS = ['Hour', 'Plan', 'Made', 'Gap', 'Cumulative', 'Scrap', 'Stops', 'Comment'] as const

/** Returns the sign and the words that mark an hour; undefined for an hour that is over and complete. */
const describeMark = ({ isCurrent, isFuture, isUnplanned, missing }: HourRow): [sign: string, words: string] | undefined => {
  if (isCurrent) return ['▸', 'so far']
  if (isUnplanned) return ['○', STATE_NAMES['not-planned']]
  if (isFuture) return undefined
  return missing === undefined ? undefined : [INCOMPLETE_SIGN, `${missing} readings`]
}

/** Creates the list of the stops of an hour: each reason with its minutes. Stops without a reason come under "no reason". */
const createStops = ({ stops }: HourRow, data: FactoryData) => {
  const seconds = new Map<string | null, number>()
  for (const { stop, seconds: each } of stops) seconds.set(stop.reason, (seconds.get(stop.reason) ?? 0) + each)
  const items = [...seconds].map(([reason, total]) =>
    h(
      'li',
      { className: reason === null ? 'unexplained' : '' },
      reason === null ? 'no reason' : createName(findReasonName(reason, data)),
      ` ${formatDuration(total)}`,
    ),
  )
  return items.length > 0 && h('ul', { className: 'plain' }, ...items)
}

const createRow = (row: HourRow, data: FactoryData) => {
  const notes = [...new Set(row.stops.map(({ stop }) => stop.note).filter((note) => note !== null))]
  const mark = describeMark(row)
  const quiet = row.isFuture ? 'future' : ''
  const cell = (label: (typeof COLUMNS)[number], content: Node | string | false, name = '') =>
    h('td', { role: 'cell', 'data-label': label, className: `${label.toLowerCase()} ${name}`.trim() }, content)
  const gapCell = (label: 'Gap' | 'Cumulative', value: number | null) =>
    cell(label, value === null ? UNKNOWN : formatGap(Math.round(value)), value !== null && Math.round(value) < 0 ? 'behind' : '')
  return h(
    'tr',
    { role: 'row', className: `${quiet} ${row.isCurrent ? 'current' : ''} ${row.isUnplanned ? 'unplanned' : ''}`.trim() },
    h(
      'th',
      { role: 'rowheader', scope: 'row' },
      formatSpan(row.from, row.to, data.zone),
      mark && h('span', { className: 'mark' }, h('span', { 'aria-hidden': 'true' }, mark[0]), ` ${mark[1]}`),
    ),
    cell('Plan', formatRounded(row.plan)),
    cell('Made', formatNumber(row.made)),
    gapCell('Gap', row.gap),
    gapCell('Cumulative', row.cumulative),
    cell('Scrap', formatNumber(row.scrap)),
    cell('Stops', createStops(row, data)),
    cell('Comment', notes.length > 0 && createName(notes.join(' · '))),
  )
}

/** Explains the marks and the plan of the rows. */
const describeRows = (rows: HourRow[], { period, summary, zone }: FactoryData): string =>
  [
    period?.shift?.target != null
      ? `The plan spreads the target of ${formatNumber(period.shift.target)} over the planned time of the shift.`
      : 'The plan adds up the goals of the readings.',
    rows.some(({ isCurrent }) => isCurrent) && summary.latest
      ? `The gap of the current hour counts up to the last reading, ${formatTime(summary.latest.time, zone)}.`
      : '',
    rows.some(({ missing }) => missing !== undefined)
      ? `${INCOMPLETE_SIGN} Fewer readings than usual arrived, so made may be too low.`
      : '',
  ]
    .filter(Boolean)
    .join(' ')

/** Creates the hour-by-hour board of a shift or a day. It is hidden for other ranges. */
export const createBoard = () => {
  const body = h('tbody', { role: 'rowgroup' })
  const note = h('p', { className: 'hint' })
  const caption = h('span', { className: 'hint' })
  const head = COLUMNS.map((name) => h('th', { role: 'columnheader', scope: 'col', className: name.toLowerCase() }, name))
  const element = h(
    'section',
    { className: 'card', 'aria-labelledby': 'hours' },
    h('div', { className: 'bar' }, h('h2', { id: 'hours' }, 'Hour by hour'), caption),
    createScrollRegion(
      'Board of the hours',
      h(
        'table',
        { className: 'board-hours', role: 'table', 'aria-labelledby': 'hours' },
        h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head)),
        body,
      ),
    ),
    note,
  )
  let shown: HourRow[] | undefined
  return {
    element,
    show(data: FactoryData) {
      element.hidden = data.rows === undefined
      if (!data.rows || shown === data.rows) return
      shown = data.rows
      caption.textContent = `Times in ${data.zone}`
      body.replaceChildren(...shown.map((row) => createRow(row, data)))
      note.textContent = describeRows(shown, data)
    },
  }
}
