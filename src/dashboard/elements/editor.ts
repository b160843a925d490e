import { ApiError } from '../../client/client.ts'
import { createConfirmButton } from './confirm-button.ts'
import { describeError } from '../api/describe-failure.ts'
import { h, createName, setText } from './dom.ts'
import { createInput, readInput, writeInput } from './fields.ts'
import type { Field } from './fields.ts'
import { createTableHead } from './table-head.ts'

export type { Field } from './fields.ts'
import { texts } from '../texts/forms.ts'

export type Values = Record<string, string>
/** The stored state of a resource, and its entity tag. */
export interface StoredState {
  values: Values
  etag: string
}

interface EditorOptions {
  title: string
  /** The level of the title. The default is below a section of the page. */
  level?: 'h2' | 'h3'
  fields: Field[]
  /** Label of the button that saves. */
  submitLabel: string
  /** Saves the values and returns a message for the user. With `ifMatch`, the API saves only if the entity tag is unchanged. */
  save(values: Values, ifMatch?: string): Promise<string>
  /** Loads the stored state, also after a conflict. An editor that only creates resources has none. Others have no fields until they are filled. */
  load?(): Promise<StoredState>
  remove?(ifMatch?: string): Promise<string>
  /** Explains an error to the user; undefined for the message of the API. */
  explain?(error: ApiError): string | undefined
}

let editorCount = 0

/**
 * Creates a form that changes one resource. If another user has changed it since the form was filled, the form shows both states, and
 * the user decides which one to keep.
 */
export const createEditor = ({ title, level = 'h3', fields, submitLabel, save, load, remove, explain }: EditorOptions) => {
  editorCount += 1
  const prefix = `editor-${editorCount}`
  let etag: string | undefined
  const inputs = new Map(fields.map((field) => [field.name, createInput(`${prefix}-${field.name}`, field)]))
  const status = h('p', { className: 'said', role: 'status' })
  const conflict = h('div', { className: 'conflict', role: 'alert', hidden: true })
  const submitButton = h('button', { type: 'submit' }, submitLabel)
  const removeButton = remove && createConfirmButton(texts.remove, () => void submitWith(remove))
  const content = h(
    'div',
    { className: 'editor-content', hidden: load !== undefined },
    h(
      'div',
      { className: 'fields' },
      ...fields.map(({ name, label, hint }) =>
        h(
          'label',
          { htmlFor: `${prefix}-${name}` },
          label,
          inputs.get(name)!,
          hint !== undefined && h('span', { className: 'hint' }, hint),
        ),
      ),
    ),
    h('p', { className: 'buttons' }, submitButton, removeButton),
  )
  const form = h('form', { className: 'editor', 'aria-label': title }, h(level, {}, title), content, status, conflict)

  const read = (): Values => Object.fromEntries([...inputs].map(([name, input]) => [name, readInput(input)]))
  const set = (state: { values: Values; etag?: string }) => {
    etag = state.etag
    content.hidden = false
    for (const [name, input] of inputs) writeInput(input, state.values[name] ?? '')
  }

  /** Shows the stored state and the unsaved state next to each other. */
  const showConflict = (stored: StoredState, retry: () => Promise<void>) => {
    const unsaved = read()
    const differing = fields.filter(({ name }) => (stored.values[name] ?? '') !== unsaved[name])
    const useStored = h('button', { type: 'button' }, texts.useSaved)
    const keepUnsaved = h('button', { type: 'button' }, texts.keepMine)
    useStored.addEventListener('click', () => {
      set(stored)
      conflict.hidden = true
      setText(status, texts.discarded)
      inputs.values().next().value?.focus()
    })
    keepUnsaved.addEventListener('click', () => {
      etag = stored.etag
      conflict.hidden = true
      void retry()
    })
    conflict.replaceChildren(
      h(level === 'h2' ? 'h3' : 'h4', {}, texts.conflict),
      h('p', {}, differing.length ? texts.changedByOther : texts.sameByOther),
      h(
        'table',
        {},
        createTableHead(['', texts.savedColumn, texts.yoursColumn]),
        h(
          'tbody',
          {},
          ...differing.map(({ name, label }) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, label),
              h('td', {}, createName(stored.values[name] || '–')),
              h('td', {}, createName(unsaved[name] || '–')),
            ),
          ),
        ),
      ),
      h('p', { className: 'buttons' }, useStored, keepUnsaved),
    )
    conflict.hidden = false
    useStored.focus()
  }

  const submitWith = async (work: (ifMatch?: string) => Promise<string>): Promise<void> => {
    submitButton.disabled = true
    setText(status, texts.saving)
    try {
      setText(status, await work(etag))
      conflict.hidden = true
    } catch (error) {
      if (error instanceof ApiError && error.status === 412 && load) {
        setText(status, '')
        const stored = await load().catch(() => undefined)
        if (stored) showConflict(stored, () => submitWith(work))
        else setText(status, texts.changedOrRemoved)
      } else setText(status, (error instanceof ApiError && explain?.(error)) || describeError(error))
    } finally {
      submitButton.disabled = false
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void submitWith((ifMatch) => save(read(), ifMatch))
  })
  return {
    element: form,
    /** Fills the form with the stored state and remembers its entity tag. */
    set,
    setStatus: (text: string) => setText(status, text),
    focus: () => (inputs.values().find((input) => !('readOnly' in input && input.readOnly)) ?? submitButton).focus(),
    /** Changes the value of one field. */
    setValue(name: string, value: string) {
      writeInput(inputs.get(name)!, value)
    },
  }
}
