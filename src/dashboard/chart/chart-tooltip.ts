import { h } from '../elements/dom.ts'
import { formatGap, formatNumber, formatPercent, formatTime } from '../values/format.ts'

/** The values of a point of the chart. */
export interface Point {
  time: number
  actual: number | null
  goal: number | null
  ghost: number | null
}

const computeGap = ({ actual, goal }: Point) => (actual === null || goal === null ? null : actual - goal)

/** Describes a point in one sentence, for screen readers and the keyboard. */
export const describePoint = (point: Point, zone: string): string =>
  `${formatTime(point.time, zone)} (${zone}): made ${formatNumber(point.actual)}, planned ${formatNumber(point.goal)}, gap ${formatGap(computeGap(point))}`

/** Distance of the tooltip from the pointer, CSS pixels. */
const MARGIN = 14

/** Creates the tooltip of a chart. It is hidden from screen readers, which read the sentence above the chart. */
export const createTooltip = () => {
  const element = h('div', { className: 'tooltip', hidden: true, 'aria-hidden': 'true' })
  return {
    element,
    hide() {
      element.hidden = true
    },
    /** Shows a point next to a position in the box of the chart, on the side with more room. */
    show(point: Point, zone: string, { left, top }: { left: number; top: number }, width: number) {
      const share = point.actual === null || !point.goal ? null : point.actual / point.goal
      const rows: [string, string][] = [
        ['Made', formatNumber(point.actual)],
        ['Plan', formatNumber(point.goal)],
        ['Gap', formatGap(computeGap(point))],
        ['Share', formatPercent(share)],
        ...(point.ghost === null ? [] : [['Earlier', formatNumber(point.ghost)] as [string, string]]),
      ]
      element.replaceChildren(
        h('p', {}, h('strong', {}, formatTime(point.time, zone)), ` ${zone}`),
        h('dl', {}, ...rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
      )
      element.hidden = false
      const isLeft = left > width / 2
      element.style.left = isLeft ? '' : `${left + MARGIN}px`
      element.style.right = isLeft ? `${width - left + MARGIN}px` : ''
      element.style.top = `${Math.max(0, top - element.offsetHeight - MARGIN)}px`
    },
  }
}
