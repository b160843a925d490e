import type { Reads } from '../client/operations.ts'
import { INCOMPLETE_SIGN } from './completeness.ts'
import { h, setText } from './dom.ts'
import { formatNumber, gapInWords, gapOf, formatPercent } from './format.ts'

type Total = Reads['/api/factory/{id}/summary']['last_day']

/** A figure to read from afar, with what it is of. */
export const makeTile = (title: string) => {
  const [value, note] = [h('span', { className: 'big' }), h('span', { className: 'hint' })]
  const set = (figure: string, of: string, sign: '' | 'behind' | 'quiet' = '') => {
    setText(value, figure)
    setText(note, of)
    value.className = `big ${sign}`
  }
  const heading = h('span', { className: 'hint' }, title)
  return {
    element: h('div', { className: 'tile' }, heading, value, note),
    setTitle: (words: string) => setText(heading, words),
    set,
    /** How a stretch of time stands. */
    show({ attainment, gap, goal, actual }: Pick<Total, 'attainment' | 'gap' | 'goal' | 'actual'>, missing?: string) {
      const of =
        gap === null || goal === null
          ? `${formatNumber(actual)} made, no goal`
          : `${formatNumber(goal + gap)} of ${formatNumber(goal)}, ${gapOf(gap)}`
      const incomplete = missing === undefined ? '' : ` · ${INCOMPLETE_SIGN} ${missing} readings`
      set(formatPercent(attainment), of + incomplete, gap !== null && gap < 0 ? 'behind' : '')
      note.title = gapInWords(gap)
    },
  }
}

export type Tile = ReturnType<typeof makeTile>
