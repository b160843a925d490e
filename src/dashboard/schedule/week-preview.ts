import { formatDay, parseDay } from '../../schemas/dates.ts'
import type { Schedule } from '../../schemas/schedules.ts'
import { createName, h, setText } from '../elements/dom.ts'
import { formatDuration, formatSpan } from '../values/format.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { createTableHead } from '../elements/table-head.ts'
import { toLocal } from '../values/time-zone.ts'
import { drawWeek } from './week-picture.ts'
import { findMonday, planWeek } from './week-plan.ts'
import type { DayPlan, ShiftBar } from './week-plan.ts'
import { describeChange, describeException, formatLocalDate } from './words.ts'
import { texts } from '../texts/schedule.ts'

const { columns } = texts
const COLUMNS = [columns.productionDate, columns.shift, columns.time, columns.breaks, columns.length, columns.planned]
const WEEK_DAYS = 7

const createShiftRow = ({ shift }: ShiftBar, zone: string) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, formatLocalDate(shift.date)),
    h('td', {}, createName(shift.name)),
    h('td', {}, formatSpan(shift.from, shift.to, zone)),
    h('td', {}, shift.breaks.map(({ from, to }) => formatSpan(from, to, zone)).join(', ')),
    h('td', {}, formatDuration(shift.to - shift.from)),
    h('td', {}, formatDuration(shift.planned_seconds)),
  )

/** Creates the rows of a date: its shifts, or the words that it has none. */
const createRows = (day: DayPlan, zone: string) => {
  if (day.bars.length > 0) return day.bars.map((bar) => createShiftRow(bar, zone))
  const words = describeException(day) ?? texts.noShift
  return [h('tr', {}, h('th', { scope: 'row' }, formatLocalDate(day.date)), h('td', { colSpan: COLUMNS.length - 1 }, createName(words)))]
}

/** Creates the preview of a schedule: the shifts of a week as a picture and as a table, and sentences about clock changes. */
export const createWeekPreview = (zone: string) => {
  let monday = findMonday(parseDay(toLocal(Math.floor(Date.now() / 1000), zone).slice(0, 10))!)
  let schedule: Schedule = { versions: [], exceptions: [] }

  const picture = h('div', { role: 'img' })
  const changes = h('ul', { className: 'plain changes' })
  const body = h('tbody')
  const title = h('h3', { id: 'week-title' })
  const date = h('input', { type: 'date', id: 'week-date', ariaLabel: texts.showWeekOf })

  const draw = () => {
    const days = planWeek(schedule, zone, monday)
    const words = texts.weekFrom(formatLocalDate(formatDay(monday)), zone)
    setText(title, words)
    const count = days.reduce((total, { bars }) => total + bars.length, 0)
    picture.setAttribute('aria-label', texts.describeWeek(words, count))
    picture.replaceChildren(drawWeek(days, zone))
    const sentences = days.flatMap((day) =>
      day.bars.flatMap((bar) => {
        const sentence = describeChange(bar)
        return sentence === undefined ? [] : [`◔ ${formatLocalDate(day.date)}: ${sentence}`]
      }),
    )
    changes.replaceChildren(...sentences.map((sentence) => h('li', {}, sentence)))
    body.replaceChildren(...days.flatMap((day) => createRows(day, zone)))
  }
  const move = (days: number) => {
    monday += days
    date.value = ''
    draw()
  }
  date.addEventListener('change', () => {
    const day = parseDay(date.value)
    if (day === undefined) return
    monday = findMonday(day)
    draw()
  })
  const step = (label: string, sign: string, days: number) =>
    h('button', { type: 'button', className: 'quiet', 'aria-label': label, onclick: () => move(days) }, sign)

  const element = h(
    'section',
    { className: 'week', 'aria-labelledby': title.id },
    h(
      'div',
      { className: 'bar' },
      title,
      h('div', { className: 'buttons' }, step(texts.previousWeek, '‹', -WEEK_DAYS), date, step(texts.nextWeek, '›', WEEK_DAYS)),
    ),
    picture,
    h(
      'p',
      { className: 'legend', 'aria-hidden': 'true' },
      h('span', {}, h('span', { className: 'swatch of-shift' }), texts.legend.shift),
      h('span', {}, h('span', { className: 'swatch of-break' }), texts.legend.break),
      h('span', {}, h('span', { className: 'swatch of-next-day' }), texts.legend.nextDay),
    ),
    h('p', { className: 'hint' }, texts.overnightHint),
    changes,
    h(
      'details',
      {},
      h('summary', {}, texts.weekAsTable),
      createScrollRegion(texts.shiftsOfWeek, h('table', { className: 'plan' }, createTableHead(COLUMNS), body)),
    ),
  )
  draw()
  return {
    element,
    /** Shows the chosen week of another schedule. Its versions are in order of their dates. */
    show(next: Schedule) {
      schedule = next
      draw()
    },
  }
}
