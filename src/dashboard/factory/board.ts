import { findBand, findBands } from '../values/bands.ts'
import type { Bands } from '../values/bands.ts'
import { INCOMPLETE_SIGN } from '../values/completeness.ts'
import { h, createName } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatDuration, formatSpan, formatTime } from '../values/format.ts'
import { formatGap, formatNumber, formatRounded, UNKNOWN } from '../values/numbers.ts'
import { STATE_SIGNS } from '../values/state.ts'
import type { HourRow } from './hour-rows.ts'
import type { FactoryData } from './load-factory.ts'
import { findReasonName } from './stop-words.ts'
import { texts } from '../texts/factory.ts'
import { texts as stopTexts } from '../texts/stops.ts'
import { texts as valueTexts } from '../texts/values.ts'

type Column = keyof typeof texts.hours

/** Returns the sign and the words that mark an hour; undefined for an hour that is over and complete. */
const describeMark = ({ isCurrent, isFuture, isUnplanned, missing }: HourRow): [sign: string, words: string] | undefined => {
  if (isCurrent) return ['▸', texts.soFar]
  if (isUnplanned) return [STATE_SIGNS['not-planned'], texts.notPlanned]
  if (isFuture) return undefined
  return missing === undefined ? undefined : [INCOMPLETE_SIGN, valueTexts.readings(missing)]
}

/** Creates the list of the stops of an hour: each reason with its minutes. Stops without a reason are one item. */
const createStops = ({ stops }: HourRow, data: FactoryData) => {
  const seconds = new Map<string | null, number>()
  for (const { stop, seconds: each } of stops) seconds.set(stop.reason, (seconds.get(stop.reason) ?? 0) + each)
  const items = [...seconds].map(([reason, total]) =>
    h(
      'li',
      { className: reason === null ? 'unexplained' : '' },
      reason === null ? stopTexts.noReason : createName(findReasonName(reason, data)),
      ` ${formatDuration(total)}`,
    ),
  )
  return items.length > 0 && h('ul', { className: 'plain' }, ...items)
}

const createRow = (row: HourRow, data: FactoryData, bands: Bands) => {
  const notes = [...new Set(row.stops.map(({ stop }) => stop.note).filter((note) => note !== null))]
  const mark = describeMark(row)
  const quiet = row.isFuture ? 'future' : ''
  const cell = (column: Column, content: Node | string | false, name = '') =>
    h('td', { role: 'cell', 'data-label': texts.hours[column], className: `${column} ${name}`.trim() }, content)
  const gapCell = (column: 'gap' | 'cumulative', gap: number | null, due: number | null) =>
    cell(column, gap === null ? UNKNOWN : formatGap(Math.round(gap)), findBand(gap === null || !due ? null : 1 + gap / due, bands))
  return h(
    'tr',
    { role: 'row', className: `${quiet} ${row.isCurrent ? 'current' : ''} ${row.isUnplanned ? 'unplanned' : ''}`.trim() },
    h(
      'th',
      { role: 'rowheader', scope: 'row' },
      formatSpan(row.from, row.to, data.zone),
      mark && h('span', { className: 'mark' }, h('span', { 'aria-hidden': 'true' }, mark[0]), ` ${mark[1]}`),
    ),
    cell('plan', formatRounded(row.plan)),
    cell('made', formatNumber(row.made)),
    gapCell('gap', row.gap, row.due),
    gapCell('cumulative', row.cumulative, row.cumulativeDue),
    cell('scrap', formatNumber(row.scrap)),
    cell('stops', createStops(row, data)),
    cell('comment', notes.length > 0 && createName(notes.join(' · '))),
  )
}

/** Explains the marks and the plan of the rows. */
const describeRows = (rows: HourRow[], { period, summary, zone }: FactoryData): string =>
  [
    period?.shift?.target != null ? texts.planOfTarget(formatNumber(period.shift.target)) : texts.planOfGoals,
    rows.some(({ isCurrent }) => isCurrent) && summary.latest ? texts.gapOfCurrentHour(formatTime(summary.latest.time, zone)) : '',
    rows.some(({ missing }) => missing !== undefined) ? texts.incompleteHours(INCOMPLETE_SIGN) : '',
  ]
    .filter(Boolean)
    .join(' ')

/** Creates the hour-by-hour board of a shift or a day. It is hidden for other ranges. */
export const createBoard = () => {
  const body = h('tbody', { role: 'rowgroup' })
  const note = h('p', { className: 'hint' })
  const caption = h('span', { className: 'hint' })
  const head = Object.entries(texts.hours).map(([column, name]) => h('th', { role: 'columnheader', scope: 'col', className: column }, name))
  const element = h(
    'section',
    { className: 'card', 'aria-labelledby': 'hours' },
    h('div', { className: 'bar' }, h('h2', { id: 'hours' }, texts.hourByHour), caption),
    createScrollRegion(
      texts.board,
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
      caption.textContent = texts.timesIn(data.zone)
      const bands = findBands(undefined)
      body.replaceChildren(...shown.map((row) => createRow(row, data, bands)))
      note.textContent = describeRows(shown, data)
    },
  }
}
