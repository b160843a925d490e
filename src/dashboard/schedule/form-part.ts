import { h } from '../elements/dom.ts'

/** A part of the form of a schedule: an element with the fields of one member of the schedule. */
export interface FormPart<Value> {
  element: HTMLElement
  /** Returns the content of the fields. */
  read(): Value
  /** Returns the element of the member at a path, or the element of the part that is nearest to it. */
  locate(path: readonly string[]): HTMLElement
  focus(): void
}

/** The callbacks of a part: it was changed, or its button to remove it was pressed. */
export interface PartEvents {
  change(): void
  remove(): void
}

type InputProperties = Parameters<typeof h<'input'>>[1]

/** Creates an input within its label. */
export const createLabelled = (label: string, properties: InputProperties) => {
  const input = h('input', { autocomplete: 'off', ...properties })
  return { input, element: h('label', {}, label, input) }
}

/** Creates a quiet button. */
export const createQuietButton = (text: string, onclick: () => void, label?: string): HTMLButtonElement =>
  h('button', { type: 'button', className: 'quiet', onclick, ...(label !== undefined && { 'aria-label': label }) }, text)

/**
 * Creates a list of parts with the same kind of value.
 * @param create creates the part of a value
 * @param change called when a part was added or removed
 * @param fallback gets the focus when the last part was removed
 */
export const createPartList = <Value>(
  create: (value: Value, events: PartEvents) => FormPart<Value>,
  change: () => void,
  fallback: () => HTMLElement,
) => {
  const element = h('div', { className: 'parts' })
  let parts: FormPart<Value>[] = []
  /** The parts in the order in which they were read last, if that is not their order in the form. */
  let order: FormPart<Value>[] | undefined
  const add = (value: Value): FormPart<Value> => {
    const part = create(value, {
      change,
      remove() {
        const index = parts.indexOf(part)
        parts.splice(index, 1)
        part.element.remove()
        const next = parts[index] ?? parts.at(-1)
        if (next) next.focus()
        else fallback().focus()
        change()
      },
    })
    parts.push(part)
    element.append(part.element)
    return part
  }
  return {
    element,
    get parts() {
      return parts
    },
    /** Adds a part and moves the focus to it. */
    append(value: Value) {
      add(value).focus()
      change()
    },
    /** Replaces all parts. */
    fill(values: readonly Value[]) {
      parts = []
      element.replaceChildren()
      for (const value of values) add(value)
    },
    /** Returns the values of the parts in order of a text. The elements keep their places, so that nothing moves while the user edits. */
    readInOrder(findText: (value: Value) => string): Value[] {
      const read = parts.map((part) => ({ part, value: part.read() }))
      const sorted = read.toSorted((a, b) => findText(a.value).localeCompare(findText(b.value)))
      order = sorted.map(({ part }) => part)
      return sorted.map(({ value }) => value)
    },
    /** Returns the element at a path that begins with the index of a part. */
    locate: ([index = '', ...path]: readonly string[]): HTMLElement => (order ?? parts)[Number(index)]?.locate(path) ?? element,
  }
}
