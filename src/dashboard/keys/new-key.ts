import type { Writes } from '../../client/operations.ts'
import { createCopyField } from '../elements/copy-field.ts'
import { createName, h, setText } from '../elements/dom.ts'
import { texts as adminTexts } from '../texts/admin.ts'

const texts = adminTexts.keys

type NewKey = Writes['POST /api/keys'][1]

/**
 * Creates the card that shows a new key once.
 * @param use replaces the key of this tab by the new one; undefined if the new key does not replace it
 * @param close called when the user has stored the key
 */
export const createNewKeyCard = ({ name, role, key }: NewKey, use: (() => void) | undefined, close: () => void) => {
  const status = h('p', { className: 'said', role: 'status' })
  const secret = createCopyField(texts.secret, (text) => setText(status, text))
  secret.show(key)
  const element = h(
    'section',
    { className: 'card', 'aria-label': texts.newKey },
    h('h2', {}, `${texts.newKeyNamed} `, createName(name), ` (${role})`),
    h('p', {}, texts.storeNow),
    secret.element,
    h(
      'p',
      { className: 'buttons' },
      use && h('button', { type: 'button', onclick: use }, texts.useInTab),
      h('button', { type: 'button', className: 'quiet', onclick: close }, texts.done),
    ),
    status,
  )
  return { element, focus: () => secret.focus() }
}
