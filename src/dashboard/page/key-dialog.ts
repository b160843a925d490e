import { createClient } from '../../client/client.ts'
import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { h, setText } from '../elements/dom.ts'

/** Creates the button and the dialog that set or remove the API key. A key is tested with a request before it is stored. */
export const createKeyButton = (api: Api): HTMLElement => {
  const button = h('button', { type: 'button', className: 'quiet' })
  const input = h('input', { type: 'password', id: 'api-key', autocomplete: 'off', spellcheck: false, required: true })
  const status = h('p', { className: 'said', role: 'alert' })
  const dialog = h('dialog', { 'aria-labelledby': 'key-title' })
  const cancel = h('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, 'Cancel')
  const remove = h('button', { type: 'button', className: 'quiet' }, 'Remove the key')
  const form = h(
    'form',
    {},
    h('h2', { id: 'key-title' }, 'API key'),
    h('p', { className: 'hint' }, 'The key determines what you can see and change. It is stored in this tab only, until the tab closes.'),
    h('label', { htmlFor: 'api-key' }, 'Key ', input),
    h('p', { className: 'buttons' }, h('button', { type: 'submit' }, 'Use this key'), remove, cancel),
    status,
  )
  dialog.append(form)

  const updateLabel = () => {
    setText(button, api.key === undefined ? 'Enter a key' : `Key …${api.key.slice(-4)}`)
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
    setText(status, 'Checking…')
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
