import { createName, h, replaceContent, setText } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatCount, formatDuration } from '../values/format.ts'
import { createTableHead } from '../elements/table-head.ts'
import type { Stop } from './hour-rows.ts'
import type { FactoryData } from './load-factory.ts'
import { findReasonName, formatStopTime } from './stop-words.ts'

/** Creates the content of the cell with the reason of a stop. */
const createReason = ({ reason }: Stop, data: FactoryData) =>
  reason === null ? h('span', { className: 'unexplained' }, '? no reason') : createName(findReasonName(reason, data))

/**
 * Creates the list of the stops of a shift or a day, newest first.
 * @param open opens the form of a stop; its button is shown to keys that may classify stops
 */
export const createStopList = (open: (stop: Stop) => void) => {
  const title = h('span', { className: 'hint' })
  const box = createScrollRegion('List of stops')
  const element = h(
    'section',
    { className: 'card', 'aria-labelledby': 'stops', hidden: true },
    h('div', { className: 'bar' }, h('h2', { id: 'stops' }, 'Stops'), title),
    box,
  )
  let shown: { stops: Stop[] | undefined; mayClassify: boolean } | undefined

  const createRow = (stop: Stop, data: FactoryData) => {
    const time = formatStopTime(stop, data.zone)
    const verb = stop.annotation === null ? 'Give a reason' : 'Change'
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, time),
      h('td', {}, formatDuration(stop.seconds)),
      h('td', {}, createReason(stop, data), h('span', { className: 'hint note-below' }, createName(stop.note ?? ''))),
      h('td', {}, createName(stop.note ?? '')),
      data.mayClassify &&
        h(
          'td',
          {},
          h('button', { type: 'button', className: 'quiet', 'aria-label': `${verb}: stop ${time}`, onclick: () => open(stop) }, verb),
        ),
    )
  }

  return {
    element,
    show(data: FactoryData) {
      const { stops, mayClassify } = data
      element.hidden = stops === undefined
      if (!stops || (shown?.stops === stops && shown.mayClassify === mayClassify)) return
      shown = { stops, mayClassify }
      const unexplained = stops.filter(({ reason }) => reason === null).length
      setText(title, stops.length === 0 ? '' : `${formatCount(stops.length, 'stop')}, ${unexplained} without a reason`)
      const names = ['Time', 'Length', 'Reason', 'Note', ...(mayClassify ? ['Classify'] : [])]
      replaceContent(box, [
        stops.length === 0
          ? h('p', { className: 'hint' }, 'There are no stops.')
          : h('table', { className: 'stop-list' }, createTableHead(names), h('tbody', {}, ...stops.map((stop) => createRow(stop, data)))),
      ])
    },
  }
}
