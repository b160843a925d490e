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
  /** Returns the label of a stored value that is not among the options. Without this function, the value is the label. */
  nameOption?(value: string): string
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
  const { label: _, hint: __, options: ___, multiple: ____, nameOption: _____, ...rest } = field
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

/** Adds options for the values that are not among the options of a list, so that they can be chosen. */
const addMissingOptions = (input: HTMLSelectElement, { nameOption = String }: Field, values: readonly string[]) => {
  const known = new Set([...input.options].map((option) => option.value))
  const missing = values.filter((value) => !known.has(value))
  input.append(...missing.map((value) => createOption({ value, label: nameOption(value) })))
}

/** Sets the value of a field. */
export const writeInput = (input: Input, field: Field, value: string): void => {
  const values = value === '' ? [] : isList(input) ? value.split(',') : [value]
  if (input instanceof HTMLSelectElement) addMissingOptions(input, field, values)
  if (!isList(input)) input.value = value
  else for (const option of input.options) option.selected = values.includes(option.value)
}

/** Returns a stored value as its input has it: chosen options are in the order of the list, and times have only the seconds that they need. */
export const normalizeValue = (field: Field, value: string): string => {
  const input = createInput('', field)
  writeInput(input, field, value)
  return readInput(input)
}
