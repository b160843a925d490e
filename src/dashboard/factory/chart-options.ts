import { h } from '../elements/dom.ts'
import { texts } from '../texts/chart.ts'

/** The earlier period that the chart shows as a thin line, in days before the shown one. */
export type GhostDays = 0 | 1 | 7

/** Creates the options of the chart: the earlier period to compare with, and whether the y axis starts at 0. */
export const createChartOptions = (onChange: () => void) => {
  const select = h(
    'select',
    { id: 'ghost', onchange: onChange },
    ...Object.entries(texts.ghosts).map(([days, label]) => h('option', { value: days }, label)),
  )
  const zero = h('input', { type: 'checkbox', id: 'from-zero', checked: true, onchange: onChange })
  const compare = h('label', { htmlFor: 'ghost' }, `${texts.compareWith} `, select)
  return {
    element: h('div', { className: 'options' }, compare, h('label', { htmlFor: 'from-zero' }, zero, ` ${texts.axisFromZero}`)),
    get ghostDays() {
      return Number(select.value) as GhostDays
    },
    get isFromZero() {
      return zero.checked
    },
    /** Hides the comparison for ranges that are no shift and no day. */
    allowComparison(isAllowed: boolean) {
      compare.classList.toggle('reserved', !isAllowed)
    },
  }
}
