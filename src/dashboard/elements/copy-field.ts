import { h } from './dom.ts'
import { texts } from '../texts/forms.ts'

let fieldCount = 0

/**
 * Creates a field with a text that is shown only once, and a button that copies it. It is hidden without a text.
 * @param report says to the user that the text was copied
 */
export const createCopyField = (label: string, report: (text: string) => void) => {
  fieldCount += 1
  const input = h('input', { id: `copy-${fieldCount}`, readOnly: true, spellcheck: false })
  const copy = h('button', { type: 'button', className: 'quiet' }, texts.copy)
  const element = h('p', { className: 'bar copy-field', hidden: true }, h('label', { htmlFor: input.id }, `${label} `), input, copy)
  const copyText = async () => {
    await navigator.clipboard.writeText(input.value)
    report(texts.copied)
  }
  // Without https, there is no clipboard. The user copies the selected text.
  copy.addEventListener('click', () => void copyText().catch(() => input.select()))
  return {
    element,
    show(text: string) {
      input.value = text
      element.hidden = false
    },
    clear() {
      input.value = ''
      element.hidden = true
    },
    focus: () => copy.focus(),
  }
}
