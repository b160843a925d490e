import { h } from '../elements/dom.ts'
import { texts } from '../texts/import.ts'

/** Creates the field that takes a file: chosen in a dialog of the system, or dropped. */
export const createFileField = (onFile: (file: File) => void) => {
  const input = h('input', { type: 'file', id: 'import-file', accept: '.csv,.tsv,.txt,text/csv' })
  const element = h('div', { className: 'drop' }, h('label', { htmlFor: input.id }, `${texts.chooseFile} `, input))
  let taken: File | undefined
  /** Shows the name of the file that was taken last, also of a dropped one. An empty input loses its list of files. */
  const showName = () => {
    const list = new DataTransfer()
    if (taken) list.items.add(taken)
    input.files = list.files
  }
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0]
    if (!file) return
    taken = file
    showName()
    onFile(file)
  }
  input.addEventListener('change', () => take(input.files))
  // A browser reports no change if the user chooses the file that the input has. So the input is empty while the dialog is open.
  input.addEventListener('click', () => (input.value = ''))
  input.addEventListener('cancel', showName)
  for (const name of ['dragover', 'drop', 'dragleave'] as const)
    element.addEventListener(name, (event) => {
      event.preventDefault()
      element.classList.toggle('over', name === 'dragover')
      if (name === 'drop') take(event.dataTransfer?.files)
    })
  return { element, focus: () => input.focus() }
}
