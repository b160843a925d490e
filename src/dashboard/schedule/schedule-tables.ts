import type { Schedule } from '../../schemas/schedules.ts'
import { wrapName } from '../../schemas/text-direction.ts'
import { createName, h } from '../elements/dom.ts'
import { formatNumber } from '../values/format.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { createTableHead } from '../elements/table-head.ts'
import { formatBreaks, formatDays, formatLocalDate } from './words.ts'

type Exception = Schedule['exceptions'][number]
type Shift = Exception['shifts'][number]

const createTable = (label: string, columns: string[], rows: HTMLElement[]) =>
  createScrollRegion(label, h('table', { className: 'plan', 'aria-label': label }, createTableHead(columns), h('tbody', {}, ...rows)))

const formatTimes = ({ start, end }: Shift) => `${start} to ${end}`

/** Describes the shifts of an exception in one cell. */
const describeShifts = ({ shifts }: Exception) =>
  shifts.length === 0 ? 'no shift' : shifts.map((shift) => `${wrapName(shift.name)} ${formatTimes(shift)}`).join(', ')

const createVersion = ({ valid_from, shifts }: Schedule['versions'][number]) => {
  const title = `From ${formatLocalDate(valid_from)}`
  const rows = shifts.map((shift) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, createName(shift.name)),
      ...[formatDays(shift.days), formatTimes(shift), formatBreaks(shift.breaks), formatNumber(shift.target)].map((text) =>
        h('td', {}, text),
      ),
    ),
  )
  const columns = ['Shift', 'Starts on', 'Time', 'Breaks', 'Target']
  return [h('h3', {}, title), shifts.length > 0 ? createTable(title, columns, rows) : h('p', {}, 'No shifts.')]
}

/** Creates the tables of a schedule that the key may not change: its versions, newest first, and its exceptions. */
export const createScheduleTables = ({ versions, exceptions }: Schedule): HTMLElement[] => {
  const rows = exceptions
    .toReversed()
    .map((exception) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, formatLocalDate(exception.date)),
        h('td', {}, describeShifts(exception)),
        h('td', {}, createName(exception.note ?? '')),
      ),
    )
  return [
    ...versions.toReversed().flatMap(createVersion),
    ...(exceptions.length > 0 ? [h('h3', {}, 'Exceptions'), createTable('Exceptions', ['Date', 'Shifts', 'Note'], rows)] : []),
  ]
}
