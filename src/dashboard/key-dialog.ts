import { createClient, Refusal } from '../client/client.ts'
import type { Api } from './api.ts'
import { make, say } from './dom.ts'

/** Lets a person enter a key, or take it away. It is tried before it is taken. */
export const makeKeyButton = (api: Api): HTMLElement => {
  const button = make('button', { type: 'button', className: 'quiet' })
  const input = make('input', { type: 'password', id: 'api-key', autocomplete: 'off', spellcheck: false, required: true })
  const said = make('p', { className: 'said', role: 'alert' })
  const dialog = make('dialog', { 'aria-labelledby': 'key-title' })
  const cancel = make('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, 'Cancel')
  const forget = make('button', { type: 'button', className: 'quiet' }, 'Forget the key')
  const form = make(
    'form',
    {},
    make('h2', { id: 'key-title' }, 'API key'),
    make('p', { className: 'hint' }, 'It decides what you see and may change. It stays in this tab and is forgotten with it.'),
    make('label', { htmlFor: 'api-key' }, 'Key ', input),
    make('p', { className: 'buttons' }, make('button', { type: 'submit' }, 'Use it'), forget, cancel),
    said,
  )
  dialog.append(form)

  const label = () => {
    say(button, api.key === undefined ? 'Enter a key' : `Key …${api.key.slice(-4)}`)
    forget.hidden = api.key === undefined
  }
  label()
  button.addEventListener('click', () => {
    input.value = ''
    say(said, '')
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
    say(said, 'Asking…')
    createClient({ key, retries: 0 })
      .get('/api/summary')
      .then(() => {
        api.useKey(key)
        label()
        dialog.close()
      })
      .catch((error: unknown) => say(said, error instanceof Refusal ? error.message : 'The server does not answer.'))
  })
  return make('span', {}, button, dialog)
}
