import { createClient } from '../../client/client.ts'
import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { h, setText } from '../elements/dom.ts'
import { texts } from '../texts/page.ts'

/** A character that no key has. Most such characters are impossible in a header, so that no request could be sent. */
const FOREIGN_CHARACTER = /\W/

/** Creates the button and the dialog that set or remove the API key. A key is tested with a request before it is stored. */
export const createKeyButton = (api: Api): HTMLElement => {
  const button = h('button', { type: 'button', className: 'quiet' })
  const input = h('input', { type: 'password', id: 'api-key', autocomplete: 'off', spellcheck: false, required: true })
  const status = h('p', { className: 'said', role: 'alert' })
  const dialog = h('dialog', { 'aria-labelledby': 'key-title' })
  const cancel = h('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, texts.cancel)
  const remove = h('button', { type: 'button', className: 'quiet' }, texts.removeKey)
  const form = h(
    'form',
    {},
    h('h2', { id: 'key-title' }, texts.keyTitle),
    h('p', { className: 'hint' }, texts.keyHint),
    h('label', { htmlFor: 'api-key' }, `${texts.key} `, input),
    h('p', { className: 'buttons' }, h('button', { type: 'submit' }, texts.useKey), remove, cancel),
    status,
  )
  dialog.append(form)

  const updateLabel = () => {
    setText(button, api.key === undefined ? texts.enterKey : texts.keyEnding(api.key.slice(-4)))
    remove.hidden = api.key === undefined
  }
  updateLabel()
  api.onChange(updateLabel, new AbortController().signal)
  button.addEventListener('click', () => {
    input.value = ''
    setText(status, '')
    dialog.showModal()
  })
  remove.addEventListener('click', () => {
    api.useKey('')
    dialog.close()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const key = input.value.trim()
    if (FOREIGN_CHARACTER.test(key)) {
      setText(status, texts.foreignCharacter)
      return
    }
    setText(status, texts.checking)
    createClient({ key, retries: 0 })
      .get('/api/summary')
      .then(() => {
        api.useKey(key)
        dialog.close()
      })
      .catch((error: unknown) => setText(status, describeFailure(error)))
  })
  return h('span', {}, button, dialog)
}
