import { ApiError } from '../../client/client.ts'
import { createConfirmButton } from './confirm-button.ts'
import { describeError } from '../api/describe-failure.ts'
import { h, createName, setText } from './dom.ts'
import { createInput, normalizeValue, readInput, writeInput } from './fields.ts'
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
  /**
   * Saves the values and returns a message for the user. With `ifMatch`, the API saves only if the entity tag is unchanged.
   * @param edited the names of the fields that the user has changed since the form was filled
   */
  save(values: Values, ifMatch: string | undefined, edited: ReadonlySet<string>): Promise<string>
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
  /** The values that are being saved; undefined at any other time. */
  let sent: Values | undefined
  /** The values of the inputs after the form was filled. */
  let filled: Values = {}
  const inputs = fields.map((field) => ({ field, input: createInput(`${prefix}-${field.name}`, field) }))
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
      ...inputs.map(({ field: { label, hint }, input }) =>
        h('label', { htmlFor: input.id }, label, input, hint !== undefined && h('span', { className: 'hint' }, hint)),
      ),
    ),
    h('p', { className: 'buttons' }, submitButton, removeButton),
  )
  const form = h('form', { className: 'editor', 'aria-label': title }, h(level, {}, title), content, status, conflict)

  const read = (): Values => Object.fromEntries(inputs.map(({ field, input }) => [field.name, readInput(input)]))
  /** Writes a stored value, unless the user has changed the input since the values were sent. Returns the value as the input has it. */
  const fill = (field: Field, input: ReturnType<typeof createInput>, value: string): string => {
    if (sent && readInput(input) !== sent[field.name]) return normalizeValue(field, value)
    writeInput(input, field, value)
    return readInput(input)
  }
  const set = (state: { values: Values; etag?: string }) => {
    etag = state.etag
    content.hidden = false
    filled = Object.fromEntries(inputs.map(({ field, input }) => [field.name, fill(field, input, state.values[field.name] ?? '')]))
  }
  const findEdited = (values: Values) => new Set(Object.keys(values).filter((name) => values[name] !== filled[name]))

  /** Shows the stored state and the unsaved state next to each other. */
  const showConflict = (stored: StoredState, retry: () => Promise<void>) => {
    const unsaved = read()
    const differing = fields
      .map((field) => ({ label: field.label, saved: normalizeValue(field, stored.values[field.name] ?? ''), yours: unsaved[field.name]! }))
      .filter(({ saved, yours }) => saved !== yours)
    const useStored = h('button', { type: 'button' }, texts.useSaved)
    const keepUnsaved = h('button', { type: 'button' }, texts.keepMine)
    useStored.addEventListener('click', () => {
      set(stored)
      conflict.hidden = true
      setText(status, texts.discarded)
      inputs[0]?.input.focus()
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
          ...differing.map(({ label, saved, yours }) =>
            h('tr', {}, h('th', { scope: 'row' }, label), h('td', {}, createName(saved || '–')), h('td', {}, createName(yours || '–'))),
          ),
        ),
      ),
      h('p', { className: 'buttons' }, useStored, keepUnsaved),
    )
    conflict.hidden = false
    useStored.focus()
  }

  const submitWith = async (work: (ifMatch?: string) => Promise<string>): Promise<void> => {
    // A disabled button would lose the focus.
    if (sent) return
    sent = read()
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
      sent = undefined
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void submitWith((ifMatch) => save(read(), ifMatch, findEdited(read())))
  })
  return {
    element: form,
    /** Fills the form with the stored state and remembers its entity tag. */
    set,
    setStatus: (text: string) => setText(status, text),
    focus: () => (inputs.find(({ input }) => !('readOnly' in input && input.readOnly))?.input ?? submitButton).focus(),
    /** Changes the value of one field. */
    setValue(name: string, value: string) {
      for (const { field, input } of inputs) if (field.name === name) writeInput(input, field, value)
    },
  }
}
