import type { Schedule } from '../../schemas/schedules.ts'
import { wrapName } from '../../schemas/text-direction.ts'
import { createName, h } from '../elements/dom.ts'
import { formatNumber } from '../values/numbers.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { createTableHead } from '../elements/table-head.ts'
import { formatBreaks, formatDays, formatLocalDate, formatTimes } from './words.ts'
import { texts } from '../texts/schedule.ts'

type Exception = Schedule['exceptions'][number]

const COLUMNS = texts.columns

const createTable = (label: string, columns: string[], rows: HTMLElement[]) =>
  createScrollRegion(label, h('table', { className: 'plan', 'aria-label': label }, createTableHead(columns), h('tbody', {}, ...rows)))

/** Describes the shifts of an exception in one cell. */
const describeShifts = ({ shifts }: Exception) =>
  shifts.length === 0 ? texts.noShift : shifts.map((shift) => `${wrapName(shift.name)} ${formatTimes(shift)}`).join(', ')

const createVersion = ({ valid_from, shifts }: Schedule['versions'][number]) => {
  const title = texts.from(formatLocalDate(valid_from))
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
  const columns = [COLUMNS.shift, COLUMNS.startsOn, COLUMNS.time, COLUMNS.breaks, COLUMNS.target]
  return [h('h3', {}, title), shifts.length > 0 ? createTable(title, columns, rows) : h('p', {}, texts.noShifts)]
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
    ...(exceptions.length > 0
      ? [h('h3', {}, texts.exceptions), createTable(texts.exceptions, [COLUMNS.date, COLUMNS.shifts, COLUMNS.note], rows)]
      : []),
  ]
}
