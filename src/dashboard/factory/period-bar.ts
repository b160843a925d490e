import { h } from '../elements/dom.ts'
import { formatViewUrl } from '../page/view-url.ts'
import type { FactoryData } from './load-factory.ts'
import { findNeighbour } from './period.ts'
import { texts } from '../texts/chart.ts'

/** Creates the links to the shift or the day before and after the shown one. They keep their place while they are hidden. */
export const createPeriodBar = (id: number) => {
  const [previous, next] = [h('a', { className: 'step reserved' }, '‹'), h('a', { className: 'step reserved' }, '›')]
  const update = (link: HTMLAnchorElement, { period, calendar }: FactoryData, step: -1 | 1) => {
    const range = period && findNeighbour(period, calendar, step)
    const label = (step === 1 ? texts.next : texts.previous)[period?.shift ? 'shift' : 'day']
    link.classList.toggle('reserved', range === undefined)
    if (!range) return link.removeAttribute('href')
    link.href = formatViewUrl({ show: 'factory', id, range })
    link.title = label
    link.setAttribute('aria-label', label)
  }
  return {
    previous,
    next,
    show(data: FactoryData) {
      update(previous, data, -1)
      update(next, data, 1)
    },
  }
}
