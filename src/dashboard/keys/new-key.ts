import type { Writes } from '../../client/operations.ts'
import { createCopyField } from '../elements/copy-field.ts'
import { createName, h, setText } from '../elements/dom.ts'

type NewKey = Writes['POST /api/keys'][1]

/**
 * Creates the card that shows a new key once.
 * @param use replaces the key of this tab by the new one; undefined if the new key does not replace it
 * @param close called when the user has stored the key
 */
export const createNewKeyCard = ({ name, role, key }: NewKey, use: (() => void) | undefined, close: () => void) => {
  const status = h('p', { className: 'said', role: 'status' })
  const secret = createCopyField('Key', (text) => setText(status, text))
  secret.show(key)
  const element = h(
    'section',
    { className: 'card', 'aria-label': 'New key' },
    h('h2', {}, 'New key: ', createName(name), ` (${role})`),
    h('p', {}, 'Store this key now. It is shown only here, because the database has only its hash.'),
    secret.element,
    h(
      'p',
      { className: 'buttons' },
      use && h('button', { type: 'button', onclick: use }, 'Use it in this tab'),
      h('button', { type: 'button', className: 'quiet', onclick: close }, 'Done'),
    ),
    status,
  )
  return { element, focus: () => secret.focus() }
}
