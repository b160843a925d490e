import { addressOf, RANGES } from './view-url.ts'
import type { Range } from './view-url.ts'
import type { Stretch } from './chart.ts'
import { h, setText } from './dom.ts'
import { zoomed } from './gestures.ts'
import { fromLocal, toLocal } from './time-zone.ts'

interface Given {
  id: number
  /** What the chart shows; undefined while that is not known. */
  stretch(): Stretch | undefined
  zone(): string
  /** Shows another range; a step from one stretch to the next is no place to come back to. */
  show(range: Range, isStep?: boolean): void
  reset(): void
}

/** How a range is chosen: by name, by buttons that move through time, or from one moment to another. */
export const makeRangeBar = ({ id, stretch, zone, show, reset }: Given) => {
  const links = [undefined, ...RANGES].map((last) => ({
    last,
    link: h('a', { href: addressOf({ show: 'factory', id, range: { last } }) }, last ?? 'newest'),
  }))

  const step = (change: (shown: Stretch) => Stretch) => () => {
    const shown = stretch()
    if (!shown) return
    const [from, to] = change(shown)
    show({ from: Math.floor(from), to: Math.ceil(to) }, true)
  }
  const move = (share: number) => step(([from, to]) => [from + share * (to - from), to + share * (to - from)])
  const zoom = (by: number) => step((shown) => zoomed(shown, by, (shown[0] + shown[1]) / 2))
  const button = (sign: string, label: string, onclick: () => void) =>
    h('button', { type: 'button', title: label, 'aria-label': label, onclick }, sign)
  const back = button('⟲', 'Reset the zoom', reset)

  const inputOf = (id: string) => h('input', { type: 'datetime-local', step: '1', id })
  const [from, to] = [inputOf('from'), inputOf('to')]
  const zoneName = h('span', { className: 'hint', id: 'range-zone' })
  for (const input of [from, to]) input.setAttribute('aria-describedby', zoneName.id)
  const custom = h(
    'form',
    { className: 'custom' },
    h('label', { htmlFor: 'from' }, 'From ', from),
    h('label', { htmlFor: 'to' }, 'to ', to),
    zoneName,
    h('button', { type: 'submit' }, 'Show'),
  )
  custom.addEventListener('submit', (event) => {
    event.preventDefault()
    const [start, end] = [from, to].map(({ value }) => fromLocal(value, zone()))
    if (start === undefined || end === undefined || start >= end) to.setCustomValidity('The end must lie after the beginning.')
    else show({ from: start, to: end })
    custom.reportValidity()
  })
  for (const input of [from, to]) input.addEventListener('input', () => to.setCustomValidity(''))

  return {
    links: h('nav', { className: 'ranges', 'aria-label': 'Range' }, ...links.map(({ link }) => link)),
    tools: h(
      'div',
      { className: 'tools', role: 'group', 'aria-label': 'Move through time' },
      button('←', 'Earlier', move(-0.5)),
      button('→', 'Later', move(0.5)),
      button('+', 'Zoom in', zoom(0.5)),
      button('−', 'Zoom out', zoom(2)),
      back,
    ),
    custom,
    /** Marks what is chosen. */
    mark(range: Range) {
      back.disabled = !('from' in range)
      for (const { last, link } of links) {
        if (!('from' in range) && range.last === last) link.setAttribute('aria-current', 'true')
        else link.removeAttribute('aria-current')
      }
    },
    /** Fills in the moments that the chart shows, unless somebody is typing others. */
    fill([start, end]: Stretch) {
      setText(zoneName, `in ${zone()}`)
      if (document.activeElement === from || document.activeElement === to) return
      from.value = toLocal(start, zone())
      to.value = toLocal(end, zone())
    },
  }
}
