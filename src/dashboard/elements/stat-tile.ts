import type { Reads } from '../../client/operations.ts'
import { INCOMPLETE_SIGN } from '../values/completeness.ts'
import { h, setText } from './dom.ts'
import { formatNumber, describeGap, formatGap, formatPercent } from '../values/format.ts'

type Total = Reads['/api/factory/{id}/summary']['last_day']

/** Creates a tile: a large number with a title and a note. */
export const createTile = (title: string) => {
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
    /** Shows the attainment of an interval. `missing` describes its missing readings. */
    show({ attainment, gap, goal, actual }: Pick<Total, 'attainment' | 'gap' | 'goal' | 'actual'>, missing?: string) {
      const of =
        gap === null || goal === null
          ? `${formatNumber(actual)} made, no goal`
          : `${formatNumber(goal + gap)} of ${formatNumber(goal)}, ${formatGap(gap)}`
      const incomplete = missing === undefined ? '' : ` · ${INCOMPLETE_SIGN} ${missing} readings`
      set(formatPercent(attainment), of + incomplete, gap !== null && gap < 0 ? 'behind' : '')
      note.title = describeGap(gap)
    },
  }
}

export type Tile = ReturnType<typeof createTile>
