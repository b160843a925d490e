import { isAtLeast } from '../../schemas/roles.ts'
import type { Role } from '../../schemas/roles.ts'
import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { h } from '../elements/dom.ts'
import { createImportDetails } from './import-details.ts'
import type { FactoryData } from './load-factory.ts'

/** Creates the forms of a factory. Forms that the key may not use are not shown. The code of the others is loaded on demand. */
export const createFactoryForms = (api: Api, id: number) => {
  const [element, correction] = [h('div', { className: 'forms' }), h('div')]
  let shown: { zone: string; role: Role } | undefined
  let importDetails: ReturnType<typeof createImportDetails> | undefined

  /** Creates the forms of a key. A later key may have replaced it in the meantime. */
  const fill = async (key: { zone: string; role: Role }, mayEditReasons: boolean) => {
    const [{ createReadingForms }, { createReasonsEditor }] = await Promise.all([
      import('./reading-forms.ts'),
      import('./reasons-editor.ts'),
    ])
    if (shown !== key) return
    importDetails = createImportDetails(api, id, key.zone)
    const reasons = mayEditReasons ? [createReasonsEditor(api)] : []
    element.replaceChildren(createReadingForms(api, id, key.zone, key.role), importDetails.element, ...reasons)
  }
  /** Opens the form for one reading and moves the focus there. */
  const correct = async (time: number, timeZone: string) => {
    const { createCorrectionForm } = await import('./reading-forms.ts')
    const editor = await createCorrectionForm(api, id, time, timeZone)
    correction.replaceChildren(h('div', { className: 'card' }, editor.element))
    editor.focus()
  }

  return {
    element,
    /** The place of the form that corrects a reading. */
    correction,
    /** Opens the form that corrects a reading; undefined if the key may not correct it. */
    get correct() {
      const timeZone = shown?.zone
      if (timeZone === undefined) return undefined
      return (time: number) => {
        correct(time, timeZone).catch((error: Error) => correction.replaceChildren(h('p', { className: 'card said' }, error.message)))
      }
    },
    /** Shows the forms that the key may use. Returns true if they changed. */
    show({ zone, role, mayEditReasons }: FactoryData): boolean {
      const next = isAtLeast(role, 'operator') ? { zone, role } : undefined
      if (next?.zone === shown?.zone && next?.role === shown?.role) return false
      shown = next
      importDetails?.end()
      element.replaceChildren()
      correction.replaceChildren()
      if (next)
        fill(next, mayEditReasons).catch((error: unknown) => {
          // The next refresh tries again.
          if (shown === next) shown = undefined
          element.replaceChildren(h('p', { className: 'card said', role: 'alert' }, describeFailure(error)))
        })
      return true
    },
    end: () => importDetails?.end(),
  }
}
