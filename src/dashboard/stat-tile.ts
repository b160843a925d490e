import type { Reads } from '../client/operations.ts'
import { INCOMPLETE_SIGN } from './completeness.ts'
import { make, say } from './dom.ts'
import { figure, gapInWords, gapOf, share } from './format.ts'

type Total = Reads['/api/factory/{id}/summary']['last_day']

/** A figure to read from afar, with what it is of. */
export const makeTile = (title: string) => {
  const [value, note] = [make('span', { className: 'big' }), make('span', { className: 'hint' })]
  const set = (figure: string, of: string, sign: '' | 'behind' | 'quiet' = '') => {
    say(value, figure)
    say(note, of)
    value.className = `big ${sign}`
  }
  const heading = make('span', { className: 'hint' }, title)
  return {
    element: make('div', { className: 'tile' }, heading, value, note),
    setTitle: (words: string) => say(heading, words),
    set,
    /** How a stretch of time stands. */
    show({ attainment, gap, goal, actual }: Pick<Total, 'attainment' | 'gap' | 'goal' | 'actual'>, missing?: string) {
      const of =
        gap === null || goal === null ? `${figure(actual)} made, no goal` : `${figure(goal + gap)} of ${figure(goal)}, ${gapOf(gap)}`
      const incomplete = missing === undefined ? '' : ` · ${INCOMPLETE_SIGN} ${missing} readings`
      set(share(attainment), of + incomplete, gap !== null && gap < 0 ? 'behind' : '')
      note.title = gapInWords(gap)
    },
  }
}

export type Tile = ReturnType<typeof makeTile>
