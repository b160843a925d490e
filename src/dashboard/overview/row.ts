import { findBand } from '../values/bands.ts'
import type { Bands } from '../values/bands.ts'
import { createName, h, setText } from '../elements/dom.ts'
import { describeFreshness, displayName } from '../values/format.ts'
import { formatAttainment, formatGap, formatNumber, UNKNOWN } from '../values/numbers.ts'
import { createStateLabel } from '../elements/state-label.ts'
import { formatViewUrl } from '../page/view-url.ts'
import { createDayFinder } from './made-of-days.ts'
import type { HourSeries, MadeOfDays } from './made-of-days.ts'
import type { Entry } from './order.ts'
import { texts } from '../texts/overview.ts'

/** Attainment at the end of a meter. Above it, an arrow says that the bar is cut. */
export const METER_MAX = 1.25

/** Creates a bar from 0 to METER_MAX with a mark at 100 %. */
const createMeter = () => {
  const fill = h('span', { className: 'fill' })
  const meter = h('span', { className: 'meter', 'aria-hidden': 'true' }, fill)
  return {
    meter,
    set(attainment: number | null) {
      meter.classList.toggle('empty', attainment === null)
      fill.style.width = `${(Math.min(METER_MAX, attainment ?? 0) / METER_MAX) * 100}%`
      meter.classList.toggle('over', (attainment ?? 0) > METER_MAX)
    },
  }
}

/** Creates the row of one factory. */
export const createRow = (id: number) => {
  const name = createName()
  const link = h('a', { href: formatViewUrl({ show: 'factory', id, range: { last: undefined } }) }, name)
  const { meter, set } = createMeter()
  const label = createStateLabel()
  const [attainment, shiftShare, shiftName] = [h('span', { className: 'big' }), h('span', { className: 'big' }), createName()]
  shiftName.classList.add('hint')
  const [today, yesterday, made, planned, gap, hours, latest] = [h('td'), h('td'), h('td'), h('td'), h('td'), h('td'), h('td')]
  let days: ((now: number) => MadeOfDays) | undefined
  const shift = h('td', {}, shiftShare, shiftName)
  const { columns, labels } = texts
  const cells: [HTMLElement, string, string][] = [
    [h('td', {}, label.element), 'condition', columns.state],
    [shift, 'shift', labels.shift],
    [today, 'today', columns.today],
    [yesterday, 'yesterday', columns.yesterday],
    [h('td', {}, attainment, meter), 'attainment', labels.attainment],
    [made, 'made', columns.made],
    [planned, 'planned', columns.planned],
    [gap, 'gap', columns.gap],
    [hours, 'hours', columns.hours],
    [latest, 'latest', labels.latest],
  ]
  for (const [cell, className, text] of cells) {
    cell.setAttribute('role', 'cell')
    cell.dataset['label'] = text
    cell.className = className
  }
  const element = h(
    'tr',
    { role: 'row', 'data-id': String(id) },
    h('th', { role: 'rowheader', scope: 'row' }, link),
    ...cells.map(([cell]) => cell),
  )
  const showDays = (now: number) => {
    const found = days?.(now)
    setText(today, formatNumber(found?.today ?? null))
    setText(yesterday, formatNumber(found?.yesterday ?? null))
  }
  return {
    element,
    hours,
    /** Shows the days of the hours of a week. Midnight may have passed at the next call of `show`. */
    setWeek(week: HourSeries, zone: string) {
      days = createDayFinder(week, zone)
      showDays(Date.now())
    },
    show({ row, shown }: Entry, now: number, bands: Bands) {
      const { last_day: day } = row
      const { fresh, words } = describeFreshness(row.latest, day.readings, now)
      element.classList.toggle('silent', !fresh)
      setText(name, displayName(row))
      label.show(shown)
      setText(attainment, formatAttainment(day.attainment))
      attainment.className = `big ${findBand(day.attainment, bands)}`
      set(day.attainment)
      setText(shiftShare, row.shift ? formatAttainment(row.shift.attainment) : UNKNOWN)
      shiftShare.className = `big ${findBand(row.shift?.attainment ?? null, bands)}`
      setText(shiftName, row.shift ? row.shift.name : row.shift === null ? texts.betweenShifts : '')
      showDays(now)
      setText(made, formatNumber(day.actual))
      setText(planned, formatNumber(day.goal))
      setText(gap, formatGap(day.gap))
      gap.className = `gap ${findBand(day.attainment, bands)}`
      setText(latest, words)
    },
  }
}

export type FactoryRow = ReturnType<typeof createRow>
