import { formatViewUrl, RANGES } from '../page/view-url.ts'
import type { Last, Range } from '../page/view-url.ts'
import { h, setText } from '../elements/dom.ts'
import { zoomInterval } from './gestures.ts'
import type { Interval } from './series.ts'
import { fromLocal, toLocal } from '../values/time-zone.ts'
import { texts } from '../texts/chart.ts'

interface RangeBarOptions {
  id: number
  /** Returns the interval of the chart, or undefined before its data is loaded. */
  interval(): Interval | undefined
  zone(): string
  /** Shows another range. `isReplacement` replaces the history entry, so that "Back" skips single steps of moving and zooming. */
  show(range: Range, isReplacement?: boolean): void
  reset(): void
}

/** Creates the controls for the range of a chart: ranges by name, buttons that move and zoom, and inputs for start and end. */
export const createRangeBar = ({ id, interval, zone, show, reset }: RangeBarOptions) => {
  const links = RANGES.map((last) => ({
    last,
    // Until the schedule is known, the link to the shift only reserves its place.
    link: h(
      'a',
      { href: formatViewUrl({ show: 'factory', id, range: { last } }), className: last === 'shift' ? 'reserved' : '' },
      texts.ranges[last],
    ),
  }))

  const step = (change: (current: Interval) => Interval) => () => {
    const current = interval()
    if (!current) return
    const [from, to] = change(current)
    show({ from: Math.floor(from), to: Math.ceil(to) }, true)
  }
  const move = (share: number) => step(([from, to]) => [from + share * (to - from), to + share * (to - from)])
  const zoom = (by: number) => step((current) => zoomInterval(current, by, (current[0] + current[1]) / 2))
  const button = (sign: string, label: string, onclick: () => void) =>
    h('button', { type: 'button', title: label, 'aria-label': label, onclick }, sign)
  const resetButton = button('⟲', texts.resetZoom, reset)

  const createInput = (id: string) => h('input', { type: 'datetime-local', step: '1', id })
  const [from, to] = [createInput('from'), createInput('to')]
  let filled: Interval | undefined
  const zoneName = h('span', { className: 'hint', id: 'range-zone' })
  for (const input of [from, to]) input.setAttribute('aria-describedby', zoneName.id)
  const custom = h(
    'form',
    { className: 'custom' },
    h('label', { htmlFor: 'from' }, `${texts.from} `, from),
    h('label', { htmlFor: 'to' }, `${texts.to} `, to),
    zoneName,
    h('button', { type: 'submit' }, texts.show),
  )
  custom.addEventListener('submit', (event) => {
    event.preventDefault()
    const [start, end] = [from, to].map(({ value }, n) => fromLocal(value, zone(), filled?.[n]))
    if (start === undefined || end === undefined || start >= end) to.setCustomValidity(texts.endBeforeStart)
    else show({ from: start, to: end })
    custom.reportValidity()
  })
  for (const input of [from, to]) input.addEventListener('input', () => to.setCustomValidity(''))

  return {
    links: h('nav', { className: 'ranges', 'aria-label': texts.range }, ...links.map(({ link }) => link)),
    tools: h(
      'div',
      { className: 'tools', role: 'group', 'aria-label': texts.moveThroughTime },
      button('←', texts.earlier, move(-0.5)),
      button('→', texts.later, move(0.5)),
      button('+', texts.zoomIn, zoom(0.5)),
      button('−', texts.zoomOut, zoom(2)),
      resetButton,
    ),
    custom,
    /**
     * Marks the chosen range.
     * @param name the name of the range; undefined for an interval without one
     * @param hasShifts true if the factory has a schedule
     */
    mark(range: Range, name: Last | undefined, hasShifts: boolean) {
      resetButton.disabled = !('from' in range)
      for (const { last, link } of links) {
        if (last === 'shift') link.classList.toggle('reserved', !hasShifts)
        if (name === last) link.setAttribute('aria-current', 'true')
        else link.removeAttribute('aria-current')
      }
    },
    /** Fills the inputs with the interval of the chart, unless the user is typing in them. */
    fill(next: Interval) {
      setText(zoneName, texts.inZone(zone()))
      if (document.activeElement === from || document.activeElement === to) return
      filled = next
      from.value = toLocal(next[0], zone())
      to.value = toLocal(next[1], zone())
    },
  }
}
