import type { Reads } from '../client/operations.ts'
import { describeMissing, findUsualRate, INCOMPLETE_SIGN } from './completeness.ts'
import { h } from './dom.ts'
import { computeGap, describeMissingReadings } from './chart-summary.ts'
import type { Shown } from './chart-summary.ts'
import { formatNumber, gapOf, formatTime, formatPercent } from './format.ts'

type Hour = Reads['/api/factory/{id}/summary']['hours'][number]

const headRow = (names: string[]) => h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name))))

const bodyRow = (first: string, ...cells: (string | Node)[]) =>
  h('tr', {}, h('th', { scope: 'row' }, first), ...cells.map((cell) => h('td', {}, cell)))

/** The number of readings, marked where it is not the usual one. */
const readingsCell = (readings: number, missing: string | undefined) =>
  missing === undefined ? formatNumber(readings) : h('span', { className: 'incomplete' }, `${INCOMPLETE_SIGN} incomplete: ${missing}`)

const EXPLAINED = `${INCOMPLETE_SIGN} Only part of the usual readings came. Made, planned and attainment are of those that did.`

/** Hours of a summary as stretches of time. */
export const stretchesOf = (hours: Hour[]) =>
  hours.map(({ from, to, readings }) => ({ readings, seconds: from === null || to === null ? 3600 : to - from }))

/** The last day, newest hour first. */
export const hoursTable = (hours: Hour[], zone: string): HTMLElement => {
  if (hours.length === 0) return h('p', { className: 'hint' }, 'There are no readings yet.')
  const stretches = stretchesOf(hours)
  const rate = findUsualRate(stretches)
  const missing = hours.map(({ to }, n) => (to! > Date.now() / 1000 ? undefined : describeMissing(stretches[n]!, rate)))
  const rows = hours.map(({ from, actual, goal, gap, attainment, readings }, n) =>
    bodyRow(
      from === null ? '–' : formatTime(from, zone),
      `${missing[n] === undefined ? '' : `${INCOMPLETE_SIGN} `}${formatPercent(attainment)}`,
      formatNumber(actual),
      formatNumber(goal),
      gapOf(gap),
      readingsCell(readings, missing[n]),
    ),
  )
  return h(
    'div',
    {},
    h(
      'table',
      { className: 'figures' },
      headRow([`Hour from (${zone})`, 'Attainment', 'Made', 'Planned', 'Gap', 'Readings']),
      h('tbody', {}, ...rows.toReversed()),
    ),
    missing.some(Boolean) && h('p', { className: 'hint' }, EXPLAINED),
  )
}

const HEADS = { raw: 'Time', hour: 'Hour from', day: 'Day from' }

/** Every point of a chart, newest first; with `correct` each can be corrected. */
export const pointsTable = (shown: Shown, correct?: (time: number) => void): HTMLElement => {
  const { series, resolution, zone } = shown
  const { time, readings, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const missing = describeMissingReadings(shown)
  const rows = time.map((at, n) => {
    const label = `Correct the reading of ${formatTime(at, zone)}`
    return bodyRow(
      formatTime(at, zone),
      formatNumber(actual[n] ?? null),
      formatNumber(goal[n] ?? null),
      gapOf(computeGap(series, n)),
      ...(readings ? [readingsCell(readings[n]!, missing[n])] : []),
      ...(correct ? [h('button', { type: 'button', className: 'quiet', 'aria-label': label, onclick: () => correct(at) }, 'Correct')] : []),
    )
  })
  const names = [
    `${HEADS[resolution]} (${zone})`,
    'Made',
    'Planned',
    'Gap',
    ...(readings ? ['Readings'] : []),
    ...(correct ? ['Change'] : []),
  ]
  return h('table', { className: 'figures' }, headRow(names), h('tbody', {}, ...rows.toReversed()))
}
