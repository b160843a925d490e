import { h } from './dom.ts'

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
  required?: boolean
  step?: string
  min?: string
  maxLength?: number
  hint?: string
}

const createOption = ({ value, label }: Option) => h('option', { value }, label)

/** Creates the list of a field, first with an empty choice. */
const createSelect = (id: string, { name, options = [], required = false }: Field): HTMLSelectElement => {
  const groups = Map.groupBy(options, ({ group }) => group ?? '')
  const children = [...groups].flatMap(([group, members]) =>
    group === '' ? members.map(createOption) : [h('optgroup', { label: group }, ...members.map(createOption))],
  )
  return h('select', { id, name, required }, h('option', { value: '' }, 'Choose'), ...children)
}

/** Creates the input of a field. */
export const createInput = (id: string, field: Field): HTMLInputElement | HTMLSelectElement => {
  if (field.type === 'select') return createSelect(id, field)
  const { label: _, hint: __, options: ___, ...rest } = field
  return h('input', {
    id,
    autocomplete: 'off',
    ...rest,
    ...(field.type === 'number' && { inputMode: 'decimal' }),
    ...(field.type === 'text' && { dir: 'auto' }),
  })
}
