import { isAtLeast } from '../../schemas/roles.ts'
import type { Role } from '../../schemas/roles.ts'
import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { h } from '../elements/dom.ts'
import { createImportDetails } from './import-details.ts'
import type { FactoryData } from './load-factory.ts'

/** The permissions that decide which forms a key gets. */
interface Permissions {
  role: Role
  mayEditReasons: boolean
}

/** Loads the code of the forms that a key may use, and creates them. */
const loadForms = async (api: Api, id: number, { role, mayEditReasons }: Permissions) => {
  const [{ createReadingForms }, { createReasonsEditor }] = await Promise.all([import('./reading-forms.ts'), import('./reasons-editor.ts')])
  const readings = createReadingForms(api, id, role)
  const importing = h('div')
  let importDetails: ReturnType<typeof createImportDetails> | undefined
  return {
    elements: [readings.element, importing, ...(mayEditReasons ? [createReasonsEditor(api)] : [])],
    /** Creates the forms whose times are in the zone of the factory. The others keep their input. */
    showZone(zone: string) {
      importDetails?.end()
      importDetails = createImportDetails(api, id, zone)
      importing.replaceChildren(importDetails.element)
      readings.showZone(zone)
    },
    end: () => importDetails?.end(),
  }
}

/** Creates the forms of a factory. Forms that the key may not use are not shown. The code of the others is loaded on demand. */
export const createFactoryForms = (api: Api, id: number) => {
  const [element, correction] = [h('div', { className: 'forms' }), h('div')]
  let shown: Permissions | undefined
  let shownZone: string | undefined
  let forms: Awaited<ReturnType<typeof loadForms>> | undefined

  /** Creates the forms of a key. A later key may have replaced it in the meantime. */
  const fill = async (permissions: Permissions) => {
    const loaded = await loadForms(api, id, permissions)
    if (shown !== permissions) return
    forms = loaded
    forms.showZone(shownZone!)
    element.replaceChildren(...forms.elements)
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
      const timeZone = shownZone
      if (shown === undefined || timeZone === undefined) return undefined
      return (time: number) => {
        correct(time, timeZone).catch((error: Error) => correction.replaceChildren(h('p', { className: 'card said' }, error.message)))
      }
    },
    /** Shows the forms that the key may use, with times in the zone of the factory. Returns true if one of both has changed. */
    show({ zone, role, mayEditReasons }: FactoryData): boolean {
      const next = isAtLeast(role, 'operator') ? { role, mayEditReasons } : undefined
      const hasSameForms = next?.role === shown?.role && next?.mayEditReasons === shown?.mayEditReasons
      if (hasSameForms && zone === shownZone) return false
      shownZone = zone
      correction.replaceChildren()
      if (hasSameForms) {
        forms?.showZone(zone)
        return true
      }
      shown = next
      forms?.end()
      forms = undefined
      element.replaceChildren()
      if (next)
        fill(next).catch((error: unknown) => {
          // The next refresh tries again.
          if (shown === next) shown = undefined
          element.replaceChildren(h('p', { className: 'card said', role: 'alert' }, describeFailure(error)))
        })
      return true
    },
    end: () => forms?.end(),
  }
}
