import { createName, h, replaceContent, setText } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatDuration } from '../values/format.ts'
import { createTableHead } from '../elements/table-head.ts'
import type { Stop } from './hour-rows.ts'
import type { FactoryData } from './load-factory.ts'
import { findReasonName, formatStopTime } from './stop-words.ts'
import { texts as factoryTexts } from '../texts/factory.ts'
import { texts } from '../texts/stops.ts'

/** Creates the content of the cell with the reason of a stop. */
const createReason = ({ reason }: Stop, data: FactoryData) =>
  reason === null ? h('span', { className: 'unexplained' }, `? ${texts.noReason}`) : createName(findReasonName(reason, data))

/**
 * Creates the list of the stops of a shift or a day, newest first.
 * @param open opens the form of a stop; its button is shown to keys that may classify stops
 */
export const createStopList = (open: (stop: Stop) => void) => {
  const title = h('span', { className: 'hint' })
  const box = createScrollRegion(texts.list)
  const element = h(
    'section',
    { className: 'card', 'aria-labelledby': 'stops', hidden: true },
    h('div', { className: 'bar' }, h('h2', { id: 'stops' }, texts.title), title),
    box,
  )
  let shown: FactoryData | undefined

  const createRow = (stop: Stop, data: FactoryData) => {
    const time = formatStopTime(stop, data.zone)
    const verb = stop.annotation === null ? texts.giveReason : texts.change
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
          h('button', { type: 'button', className: 'quiet', 'aria-label': texts.actOn(verb, time), onclick: () => open(stop) }, verb),
        ),
    )
  }

  return {
    element,
    /** Moves the focus to the list without scrolling to it. */
    focus: () => box.focus({ preventScroll: true }),
    show(data: FactoryData) {
      const { stops, reasons, mayClassify } = data
      element.hidden = stops === undefined
      if (!stops || (shown?.stops === stops && shown.reasons === reasons && shown.mayClassify === mayClassify)) return
      shown = data
      const unexplained = stops.filter(({ reason }) => reason === null).length
      setText(title, stops.length === 0 ? '' : `${texts.summary(stops.length, unexplained)} · ${factoryTexts.timesIn(data.zone)}`)
      const { columns } = texts
      const names = [columns.time, columns.length, columns.reason, columns.note, ...(mayClassify ? [columns.classify] : [])]
      replaceContent(box, [
        stops.length === 0
          ? h('p', { className: 'hint' }, texts.noStops)
          : h('table', { className: 'stop-list' }, createTableHead(names), h('tbody', {}, ...stops.map((stop) => createRow(stop, data)))),
      ])
    },
  }
}
