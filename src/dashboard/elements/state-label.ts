import { h, setText } from './dom.ts'
import type { ShownState } from '../values/state.ts'

/** Creates the label of a state: its sign in its colour, and its words. */
export const createStateLabel = () => {
  const sign = h('span', { className: 'sign', 'aria-hidden': 'true' })
  const words = h('span')
  const element = h('span', { className: 'state' }, sign, ' ', words)
  return {
    element,
    show(shown: Pick<ShownState, 'state' | 'isNear' | 'sign' | 'words'>) {
      element.dataset['state'] = shown.isNear ? 'near' : shown.state
      setText(sign, shown.sign)
      setText(words, shown.words)
    },
  }
}
