import { h, replaceContent, setText } from '../elements/dom.ts'
import { createPointsTable } from '../chart/tables.ts'
import type { RangeChart } from './load-factory.ts'
import { texts } from '../texts/chart.ts'

/**
 * Creates the points of the chart as a table, which is built when it is opened.
 * @param findCorrection returns the function that corrects a reading, if the key may correct it
 */
export const createPoints = (findCorrection: () => ((time: number) => void) | undefined) => {
  const title = h('summary')
  const box = h('div', { className: 'scroll tall', tabIndex: 0, role: 'region', 'aria-label': texts.everyPoint })
  const element = h('details', {}, title, box)
  let chart: RangeChart | undefined
  const update = () => {
    if (!element.open || !chart) return
    replaceContent(box, [createPointsTable(chart, chart.resolution === 'raw' ? findCorrection() : undefined)])
  }
  element.addEventListener('toggle', update)
  return {
    element,
    /** Builds the table again if it is open. */
    update,
    show(next: RangeChart) {
      chart = next
      // The board shows the hours of a period.
      element.hidden = next.period !== undefined
      setText(title, chart.isSample ? texts.sampleTable : texts.table)
      update()
    },
  }
}
