import { wrapName } from '../../schemas/text-direction.ts'
import { svg } from '../elements/dom.ts'
import { formatClock } from '../values/format.ts'
import { findHourRange } from './week-plan.ts'
import type { DayPlan, ShiftBar } from './week-plan.ts'
import { describeBar, describeException, formatBarTimes, formatDayOfWeek } from './words.ts'

/** Heights in em of the text of the picture. Widths are in per cent, so that the text keeps its size on every screen. */
const AXIS = 1.8
const ROW = 4.1
const LABEL = 1.4
const BAR = 2.3
const MIDNIGHT = 24
const TICK_HOURS = 6

const em = (value: number) => `${value.toFixed(2)}em`
const percent = (value: number) => `${value.toFixed(3)}%`

const createText = (className: string, text: string, position: Record<string, string>) => {
  const element = svg('text', { class: className, ...position })
  element.textContent = text
  return element
}

/** Creates the picture of a shift. Its breaks are filled at its lower edge, where no text is. */
const createBar = (bar: ShiftBar, zone: string, toX: (hour: number) => number): SVGElement => {
  const title = svg('title', {})
  title.textContent = describeBar(bar, zone)
  const isChanged = bar.changeSeconds !== 0
  const breaks = bar.breaks.map(({ startHour, hours }) =>
    svg('rect', {
      class: 'break',
      x: percent((100 * startHour) / bar.hours),
      width: percent((100 * hours) / bar.hours),
      y: em(BAR - 0.6),
      height: em(0.6),
    }),
  )
  const text = createText('name', `${isChanged ? '◔ ' : ''}${wrapName(bar.shift.name)} `, { x: '0.4em', y: '1.2em' })
  const times = svg('tspan', { class: 'times' })
  times.textContent = formatBarTimes(bar, zone)
  text.append(times)
  return svg(
    'svg',
    { x: percent(toX(bar.startHour)), width: percent(toX(bar.startHour + bar.hours) - toX(bar.startHour)), height: em(BAR) },
    title,
    svg('rect', { class: isChanged ? 'shift changed' : 'shift', width: '100%', height: '100%', rx: 3 }),
    ...breaks,
    text,
  )
}

/** Draws the shifts of a week: one row for each production date. A shift that ends on the next day extends over the line of midnight. */
export const drawWeek = (days: readonly DayPlan[], zone: string): SVGElement => {
  const { from, to } = findHourRange(days)
  const toX = (hour: number) => (100 * (hour - from)) / (to - from)
  const height = AXIS + days.length * ROW
  const ticks = Array.from({ length: Math.ceil((to - from) / TICK_HOURS) }, (_, n) => from + n * TICK_HOURS)
  const grid = ticks.flatMap((hour) => {
    const x = percent(toX(hour))
    return [
      svg('line', { class: hour === MIDNIGHT ? 'midnight' : 'tick', x1: x, x2: x, y1: em(AXIS - 0.3), y2: em(height) }),
      createText(hour === from ? 'hour first' : 'hour', formatClock((hour % MIDNIGHT) * 3600, 'UTC'), { x, y: '1em' }),
    ]
  })
  const rows = days.map((day, n) => {
    const top = AXIS + n * ROW
    const note = [describeException(day)].filter((words) => words !== undefined).map((words) => ` · ${words}`)
    return svg(
      'svg',
      { y: em(top), height: em(ROW) },
      createText('date', `${formatDayOfWeek(day.date)}${note.join('')}`, { y: '1em' }),
      svg('svg', { y: em(LABEL), height: em(BAR) }, ...day.bars.map((bar) => createBar(bar, zone, toX))),
    )
  })
  const nextDay =
    to > MIDNIGHT
      ? [svg('rect', { class: 'next-day', x: percent(toX(MIDNIGHT)), width: percent(100 - toX(MIDNIGHT)), y: em(AXIS), height: '100%' })]
      : []
  return svg('svg', { class: 'week-picture', width: '100%', height: em(height) }, ...nextDay, ...grid, ...rows)
}
