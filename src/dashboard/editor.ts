import { ApiError } from '../client/client.ts'
import { h, makeName, setText } from './dom.ts'

/** One input of an editor. */
export interface Field {
  name: string
  label: string
  type: 'number' | 'text' | 'datetime-local'
  required?: boolean
  step?: string
  min?: string
  hint?: string
}
export type Values = Record<string, string>
/** What is there, and the tag that says so. */
export interface Found {
  values: Values
  etag: string
}

interface Doing {
  title: string
  fields: Field[]
  /** Words of the button that saves. */
  verb: string
  /** Writes; with `ifMatch` only over the state that has this tag. Answers what to say of it. */
  save(values: Values, ifMatch?: string): Promise<string>
  /** What is there now; without it there is nothing to conflict with. */
  reread?(): Promise<Found>
  remove?(ifMatch?: string): Promise<string>
  done?(): void
}

/** What a refusal says: the sentence, and each place that is not valid. */
const wordsOf = (error: unknown): string => {
  if (!(error instanceof ApiError)) return `No answer: ${(error as Error).message}`
  const places = (error.problem.errors ?? []).map(({ pointer, detail }) => `${pointer.replace(/^#\/?/, '') || 'body'}: ${detail}`)
  const advice = error.status === 401 ? ' Enter a valid key above.' : ''
  return [error.message + advice, ...places].join(' ')
}

let made = 0

/**
 * A form that changes one thing, and does not change it over somebody else's head: if it is not what it was when the form
 * was filled, both states are shown, and a person decides.
 */
export const makeEditor = ({ title, fields, verb, save, reread, remove, done }: Doing) => {
  made += 1
  const prefix = `editor-${made}`
  let etag: string | undefined
  const inputs = new Map(
    fields.map(({ name, label: _, hint: __, ...rest }) => [
      name,
      h('input', {
        id: `${prefix}-${name}`,
        name,
        autocomplete: 'off',
        ...rest,
        ...(rest.type === 'number' && { inputMode: 'decimal' }),
        ...(rest.type === 'text' && { dir: 'auto' }),
      }),
    ]),
  )
  const said = h('p', { className: 'said', role: 'status' })
  const conflict = h('div', { className: 'conflict', role: 'alert', hidden: true })
  const submit = h('button', { type: 'submit' }, verb)
  const removal = remove && h('button', { type: 'button', className: 'quiet' }, 'Remove')
  const form = h(
    'form',
    { className: 'editor', 'aria-label': title },
    h('h3', {}, title),
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
    h('p', { className: 'buttons' }, submit, removal),
    said,
    conflict,
  )

  const read = (): Values => Object.fromEntries([...inputs].map(([name, input]) => [name, input.value.trim()]))
  const set = (found: { values: Values; etag?: string }) => {
    etag = found.etag
    for (const [name, input] of inputs) input.value = found.values[name] ?? ''
  }

  /** Shows theirs beside mine. */
  const showConflict = (theirs: Found, again: () => Promise<void>) => {
    const mine = read()
    const differing = fields.filter(({ name }) => (theirs.values[name] ?? '') !== mine[name])
    const take = h('button', { type: 'button' }, 'Take theirs')
    const keep = h('button', { type: 'button' }, 'Keep mine')
    take.addEventListener('click', () => {
      set(theirs)
      conflict.hidden = true
      setText(said, 'This is what is there now. Nothing of yours was saved.')
      inputs.values().next().value?.focus()
    })
    keep.addEventListener('click', () => {
      etag = theirs.etag
      conflict.hidden = true
      void again()
    })
    conflict.replaceChildren(
      h('h4', {}, 'Somebody else was faster'),
      h(
        'p',
        {},
        differing.length
          ? 'It changed after you opened it. Nothing of yours was saved yet.'
          : 'It changed meanwhile, to what you have too.',
      ),
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ...['', 'There now', 'Yours'].map((name) => h('th', { scope: 'col' }, name)))),
        h(
          'tbody',
          {},
          ...differing.map(({ name, label }) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, label),
              h('td', {}, makeName(theirs.values[name] || '–')),
              h('td', {}, makeName(mine[name] || '–')),
            ),
          ),
        ),
      ),
      h('p', { className: 'buttons' }, take, keep),
    )
    conflict.hidden = false
    take.focus()
  }

  const attempt = async (work: (ifMatch?: string) => Promise<string>): Promise<void> => {
    submit.disabled = true
    setText(said, 'Saving…')
    try {
      setText(said, await work(etag))
      conflict.hidden = true
      done?.()
    } catch (error) {
      if (error instanceof ApiError && error.status === 412 && reread) {
        setText(said, '')
        const theirs = await reread().catch(() => undefined)
        if (theirs) showConflict(theirs, () => attempt(work))
        else setText(said, 'Somebody removed it meanwhile.')
      } else setText(said, wordsOf(error))
    } finally {
      submit.disabled = false
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void attempt((ifMatch) => save(read(), ifMatch))
  })
  if (removal && remove) {
    removal.addEventListener('click', () => {
      // The second press does it, so that one slip does nothing.
      if (removal.textContent === 'Remove') setText(removal, 'Press again to remove')
      else {
        setText(removal, 'Remove')
        void attempt(remove)
      }
    })
    removal.addEventListener('blur', () => setText(removal, 'Remove'))
  }

  return {
    element: form,
    /** Fills the form with what is there, and remembers the tag that goes with it. */
    set,
    say: (words: string) => setText(said, words),
    focus: () => (inputs.values().find((input) => !input.readOnly) ?? submit).focus(),
  }
}
