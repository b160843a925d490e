import { h } from '../dom.ts'
import { createHoursTable } from '../tables.ts'
import type { FactoryData, Summary } from './load-factory.ts'

/** Creates the hours of the last day. */
export const createHours = () => {
  const box = h('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Hours of the last day' })
  let shown: { summary: Summary; zone: string } | undefined
  return {
    element: h('section', { className: 'card', 'aria-labelledby': 'hours' }, h('h2', { id: 'hours' }, 'Hour by hour'), box),
    show({ summary, profile: { time_zone: zone } }: FactoryData) {
      if (shown?.summary === summary && shown.zone === zone) return
      shown = { summary, zone }
      box.replaceChildren(createHoursTable(summary.hours, zone))
    },
  }
}
