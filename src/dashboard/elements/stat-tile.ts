import type { Reads } from '../../client/operations.ts'
import { texts } from '../texts/values.ts'
import { INCOMPLETE_SIGN } from '../values/completeness.ts'
import { h, setText } from './dom.ts'
import { describeGap } from '../values/format.ts'
import { formatAttainment, formatGap, formatNumber } from '../values/numbers.ts'
import { findBand } from '../values/bands.ts'
import type { Bands } from '../values/bands.ts'

type Total = Reads['/api/factory/{id}/summary']['last_day']

/** Creates a tile: a large number with a title and a note. */
export const createTile = (title: string) => {
  const [value, note] = [h('span', { className: 'big' }), h('span', { className: 'hint' })]
  const set = (figure: string, of: string, colour: ReturnType<typeof findBand> | 'quiet' = '') => {
    setText(value, figure)
    setText(note, of)
    note.title = ''
    value.className = `big ${colour}`
  }
  const heading = h('span', { className: 'hint' }, title)
  return {
    element: h('div', { className: 'tile' }, heading, value, note),
    setTitle: (words: string) => setText(heading, words),
    set,
    /** Shows the attainment of an interval. `missing` describes its missing readings. */
    show({ attainment, gap, goal, actual }: Pick<Total, 'attainment' | 'gap' | 'goal' | 'actual'>, bands: Bands, missing?: string) {
      const of =
        gap === null || goal === null
          ? texts.madeWithoutGoal(formatNumber(actual))
          : `${texts.madeOfGoal(formatNumber(goal + gap), formatNumber(goal))}, ${formatGap(gap)}`
      const incomplete = missing === undefined ? '' : ` · ${INCOMPLETE_SIGN} ${texts.readings(missing)}`
      set(formatAttainment(attainment), of + incomplete, findBand(attainment, bands))
      note.title = describeGap(gap)
    },
  }
}

export type Tile = ReturnType<typeof createTile>
