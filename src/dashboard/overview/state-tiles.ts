import { h, setText } from '../elements/dom.ts'
import { formatNumber, UNKNOWN } from '../values/numbers.ts'
import { STATES, STATE_SIGNS } from '../values/state.ts'
import type { State } from '../values/state.ts'
import type { Entry } from './order.ts'
import { texts } from '../texts/overview.ts'
import { texts as valueTexts } from '../texts/values.ts'

/** Creates a tile for all factories and one for each state. A tile counts its factories, and pressing it shows only those. */
export const createStateTiles = (choose: (state: State | undefined) => void) => {
  const createTile = (state: State | undefined) => {
    const [count, note] = [h('span', { className: 'big' }, UNKNOWN), h('span', { className: 'hint' })]
    const sign = state === undefined ? '' : h('span', { className: 'sign', 'aria-hidden': 'true' }, STATE_SIGNS[state], ' ')
    const title = h(
      'span',
      { className: 'state', 'data-state': state ?? 'all' },
      sign,
      state === undefined ? texts.all : valueTexts.states[state],
    )
    const element = h('button', { type: 'button', className: 'tile', 'aria-pressed': 'false' }, title, count, note)
    element.addEventListener('click', () => choose(element.getAttribute('aria-pressed') === 'true' ? undefined : state))
    return { state, element, count, note }
  }
  const tiles = [undefined, ...STATES].map(createTile)
  return {
    element: h('div', { className: 'tiles states', role: 'group', 'aria-label': texts.showOnly }, ...tiles.map(({ element }) => element)),
    show(entries: Entry[], selected: State | undefined) {
      for (const { state, element, count, note } of tiles) {
        const counted = entries.filter(({ shown }) => state === undefined || shown.state === state)
        setText(count, formatNumber(counted.length))
        element.setAttribute('aria-pressed', String(state === selected))
        element.classList.toggle('none', counted.length === 0)
        const near = counted.filter(({ shown }) => shown.isNear).length
        if (state === 'behind') setText(note, near === 0 ? '' : texts.countJustBehind(formatNumber(near)))
      }
    },
  }
}
