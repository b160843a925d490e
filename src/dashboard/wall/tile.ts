import type { Reads } from '../../client/operations.ts'
import { createName, h, setText } from '../elements/dom.ts'
import { describeFreshness, displayName } from '../values/format.ts'
import { findAttainment } from '../values/state.ts'
import type { ShownState } from '../values/state.ts'
import { formatWallShare, listFigures } from './figures.ts'
import { texts } from '../texts/wall.ts'

type Row = Reads['/api/summary']['factories'][number]
type Summary = Reads['/api/factory/{id}/summary']

const FIGURES = 4

/** Creates the tile of a factory: it is filled with the colour of its state, and has its sign and words. */
export const createWallTile = () => {
  const name = createName()
  const [sign, main, detail] = [h('span', { 'aria-hidden': 'true' }), h('span'), h('p', { className: 'label detail' })]
  const share = h('p', { className: 'share' }, sign, ' ', main)
  const cells = Array.from({ length: FIGURES }, () => {
    const [label, text] = [h('span', { className: 'label' }), h('span', { className: 'figure' })]
    return { element: h('span', { className: 'cell' }, label, text), label, text }
  })
  const element = h(
    'section',
    { className: 'wall-tile' },
    h('h2', {}, name),
    share,
    detail,
    h('p', { className: 'cells' }, ...cells.map((cell) => cell.element)),
  )
  return {
    element,
    /** @param summary the summary of the factory, once it is loaded */
    show(row: Row, shown: ShownState, summary: Summary | undefined, now: number) {
      const attainment = findAttainment(row)
      const isProducing = shown.state === 'running' || shown.state === 'behind'
      const hasShare = isProducing && attainment !== null
      element.dataset['state'] = shown.isNear ? 'near' : shown.state
      setText(name, displayName(row))
      setText(sign, shown.sign)
      setText(main, hasShare ? formatWallShare(attainment) : shown.words)
      share.classList.toggle('worded', !hasShare)
      const { fresh, words } = describeFreshness(row.latest, row.last_day.readings, now)
      const age = fresh ? texts.lastReading(words) : words
      setText(detail, isProducing ? [shown.words, row.shift?.name].filter(Boolean).join(' · ') : age)
      // Figures of the past would look like those of now.
      const figures = summary && shown.state !== 'no-data' && shown.state !== 'not-planned' ? listFigures(summary) : []
      cells.forEach((cell, n) => {
        cell.element.hidden = figures[n] === undefined
        setText(cell.label, figures[n]?.label ?? '')
        setText(cell.text, figures[n]?.text ?? '')
      })
    },
  }
}

export type WallTile = ReturnType<typeof createWallTile>
