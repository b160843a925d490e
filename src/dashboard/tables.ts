import type { Reads } from '../client/contract.ts'
import type { Series } from './chart.ts'
import { make } from './element.ts'
import { figure, gapOf, moment, share } from './words.ts'

type Hour = Reads['/api/factory/{id}/summary']['hours'][number]

const headRow = (names: string[]) => make('thead', {}, make('tr', {}, ...names.map((name) => make('th', { scope: 'col' }, name))))

const bodyRow = (first: string, ...cells: (string | Node)[]) =>
  make('tr', {}, make('th', { scope: 'row' }, first), ...cells.map((cell) => make('td', {}, cell)))

/** The last day, newest hour first. */
export const hoursTable = (hours: Hour[], zone: string): HTMLElement => {
  if (hours.length === 0) return make('p', { className: 'hint' }, 'There are no readings yet.')
  const rows = hours
    .toReversed()
    .map(({ from, actual, goal, gap, attainment, readings }) =>
      bodyRow(from === null ? '–' : moment(from, zone), share(attainment), figure(actual), figure(goal), gapOf(gap), figure(readings)),
    )
  return make(
    'table',
    { className: 'figures' },
    headRow(['Hour from', 'Attainment', 'Made', 'Planned', 'Gap', 'Readings']),
    make('tbody', {}, ...rows),
  )
}

/** Every point of a chart, newest first; with `correct` each can be corrected. */
export const pointsTable = (series: Series, zone: string, correct?: (time: number) => void): HTMLElement => {
  const { time, sprocket_production_actual: actual, sprocket_production_goal: goal } = series
  const rows = time.map((at, n) => {
    const [made, planned] = [actual[n] ?? null, goal[n] ?? null]
    const gap = made === null || planned === null ? null : made - planned
    const label = `Correct the reading of ${moment(at, zone)}`
    const button =
      correct && make('button', { type: 'button', className: 'quiet', 'aria-label': label, onclick: () => correct(at) }, 'Correct')
    return bodyRow(moment(at, zone), figure(made), figure(planned), gapOf(gap), ...(button ? [button] : []))
  })
  const names = ['Time', 'Made', 'Planned', 'Gap', ...(correct ? ['Change'] : [])]
  return make('table', { className: 'figures' }, headRow(names), make('tbody', {}, ...rows.toReversed()))
}
