import { h } from '../elements/dom.ts'
import { formatTime } from '../values/format.ts'
import { formatAttainment, formatGap, formatNumber, formatRounded } from '../values/numbers.ts'
import { computePointGap } from './point.ts'
import type { Point } from './point.ts'
import { texts } from '../texts/chart.ts'

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
      const { tooltip } = texts
      const rows: [string, string][] = [
        [tooltip.made, formatNumber(point.actual)],
        [tooltip.plan, formatRounded(point.goal)],
        [tooltip.gap, formatGap(computePointGap(point))],
        [tooltip.share, formatAttainment(share)],
        ...(point.ghost === null ? [] : [[tooltip.earlier, formatNumber(point.ghost)] as [string, string]]),
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
