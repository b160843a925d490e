import { h } from './dom.ts'
import { texts } from '../texts/forms.ts'

/** An option of a field with a list. Options with the same group are shown together. */
export interface Option {
  value: string
  label: string
  group?: string | null
}

/** One field of an editor. A field with `options` is a list to choose from. */
export interface Field {
  name: string
  label: string
  type: 'number' | 'text' | 'datetime-local' | 'select'
  options?: Option[]
  /** True for a list of which any number of options may be chosen. Its value has them with commas in between. */
  multiple?: boolean
  required?: boolean
  step?: string
  min?: string
  maxLength?: number
  hint?: string
}

const createOption = ({ value, label }: Option) => h('option', { value }, label)

/** Creates the list of a field, first with an empty choice. */
const createSelect = (id: string, { name, options = [], required = false, multiple = false }: Field): HTMLSelectElement => {
  const groups = Map.groupBy(options, ({ group }) => group ?? '')
  const children = [...groups].flatMap(([group, members]) =>
    group === '' ? members.map(createOption) : [h('optgroup', { label: group }, ...members.map(createOption))],
  )
  if (multiple) return h('select', { id, name, multiple, size: Math.min(6, Math.max(2, options.length)) }, ...children)
  return h('select', { id, name, required }, h('option', { value: '' }, texts.choose), ...children)
}

/** Creates the input of a field. */
export const createInput = (id: string, field: Field): HTMLInputElement | HTMLSelectElement => {
  if (field.type === 'select') return createSelect(id, field)
  const { label: _, hint: __, options: ___, multiple: ____, ...rest } = field
  return h('input', {
    id,
    autocomplete: 'off',
    ...rest,
    ...(field.type === 'number' && { inputMode: 'decimal' }),
    ...(field.type === 'text' && { dir: 'auto' }),
  })
}

type Input = ReturnType<typeof createInput>

const isList = (input: Input): input is HTMLSelectElement => input instanceof HTMLSelectElement && input.multiple

/** Returns the value of a field. */
export const readInput = (input: Input): string =>
  isList(input) ? [...input.selectedOptions].map(({ value }) => value).join(',') : input.value.trim()

/** Sets the value of a field. */
export const writeInput = (input: Input, value: string): void => {
  if (!isList(input)) input.value = value
  else {
    const chosen = new Set(value.split(','))
    for (const option of input.options) option.selected = chosen.has(option.value)
  }
}
