import { createClient, ApiError } from '../client/client.ts'
import type { Api } from './api.ts'
import { h, setText } from './dom.ts'

/** Lets a person enter a key, or take it away. It is tried before it is taken. */
export const makeKeyButton = (api: Api): HTMLElement => {
  const button = h('button', { type: 'button', className: 'quiet' })
  const input = h('input', { type: 'password', id: 'api-key', autocomplete: 'off', spellcheck: false, required: true })
  const said = h('p', { className: 'said', role: 'alert' })
  const dialog = h('dialog', { 'aria-labelledby': 'key-title' })
  const cancel = h('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, 'Cancel')
  const forget = h('button', { type: 'button', className: 'quiet' }, 'Forget the key')
  const form = h(
    'form',
    {},
    h('h2', { id: 'key-title' }, 'API key'),
    h('p', { className: 'hint' }, 'It decides what you see and may change. It stays in this tab and is forgotten with it.'),
    h('label', { htmlFor: 'api-key' }, 'Key ', input),
    h('p', { className: 'buttons' }, h('button', { type: 'submit' }, 'Use it'), forget, cancel),
    said,
  )
  dialog.append(form)

  const label = () => {
    setText(button, api.key === undefined ? 'Enter a key' : `Key …${api.key.slice(-4)}`)
    forget.hidden = api.key === undefined
  }
  label()
  button.addEventListener('click', () => {
    input.value = ''
    setText(said, '')
    dialog.showModal()
  })
  forget.addEventListener('click', () => {
    api.useKey('')
    label()
    dialog.close()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const key = input.value.trim()
    setText(said, 'Asking…')
    createClient({ key, retries: 0 })
      .get('/api/summary')
      .then(() => {
        api.useKey(key)
        label()
        dialog.close()
      })
      .catch((error: unknown) => setText(said, error instanceof ApiError ? error.message : 'The server does not answer.'))
  })
  return h('span', {}, button, dialog)
}
