import { h } from '../elements/dom.ts'
import { texts } from '../texts/import.ts'

/** Creates the field that takes a file: chosen in a dialog of the system, or dropped. */
export const createFileField = (onFile: (file: File) => void) => {
  const input = h('input', { type: 'file', id: 'import-file', accept: '.csv,.tsv,.txt,text/csv' })
  const element = h('div', { className: 'drop' }, h('label', { htmlFor: input.id }, `${texts.chooseFile} `, input))
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0]
    if (file) onFile(file)
  }
  input.addEventListener('change', () => take(input.files))
  for (const name of ['dragover', 'drop', 'dragleave'] as const)
    element.addEventListener(name, (event) => {
      event.preventDefault()
      element.classList.toggle('over', name === 'dragover')
      if (name === 'drop') take(event.dataTransfer?.files)
    })
  return { element, focus: () => input.focus() }
}
