import type { Api } from '../api/api.ts'
import { mayManageCatalogues } from '../api/key-access.ts'
import { h } from '../elements/dom.ts'
import { describeError } from '../api/describe-failure.ts'
import { texts } from '../texts/overview.ts'
import { texts as formTexts } from '../texts/forms.ts'
import { texts as pageTexts } from '../texts/page.ts'

/**
 * Creates the button and the dialog with which an engineer creates a factory. The code of the dialog is loaded when it is opened.
 * @param open opens the page of the new factory
 */
export const createFactoryButton = (api: Api, open: (id: number) => void) => {
  const dialog = h('dialog', { 'aria-label': texts.newFactory })
  const button = h('button', { type: 'button', className: 'quiet', hidden: true }, texts.addFactory)
  const close = h('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, formTexts.close)
  const fill = (content: HTMLElement) => dialog.replaceChildren(content, h('p', { className: 'buttons' }, close))
  const show = async () => {
    fill(h('p', { className: 'hint' }, pageTexts.loading))
    dialog.showModal()
    const { createFactoryForm } = await import('./factory-form.ts')
    const form = createFactoryForm(api, (id) => {
      dialog.close()
      open(id)
    })
    fill(form.element)
    form.focus()
  }
  button.addEventListener('click', () => {
    show().catch((error: unknown) => fill(h('p', { className: 'said', role: 'alert' }, describeError(error))))
  })
  return {
    element: h('span', {}, button, dialog),
    /** Shows the button to keys that may create factories: those of an engineer that are not limited to factories. */
    async refresh(signal: AbortSignal) {
      button.hidden = !mayManageCatalogues(await api.loadAccess(signal))
    },
  }
}
