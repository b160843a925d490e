import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { h } from '../elements/dom.ts'
import { texts as formTexts } from '../texts/forms.ts'
import { texts } from '../texts/stops.ts'
import type { FactoryData } from './load-factory.ts'
import type { StopPart } from './stop-form.ts'

/**
 * Creates the dialog that classifies stops. Its code is loaded when it is opened. It is a modal dialog, so the focus returns to the
 * button that opened it.
 * @param focusList moves the focus to the list of stops, if a refresh has replaced the button in the meantime
 */
export const createStopDialog = (api: Api, id: number, focusList: () => void) => {
  const dialog = h('dialog', { 'aria-label': texts.reasonOfStop, className: 'stop-dialog' })
  const close = h('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, formTexts.close)
  /** The element that had the focus before the dialog. */
  let opener: Element | null = null
  dialog.addEventListener('close', () => {
    if (opener?.isConnected === false) focusList()
  })
  const reveal = () => {
    if (dialog.open) return
    opener = document.activeElement
    dialog.showModal()
  }

  const show = async (part: StopPart, data: FactoryData) => {
    const { createStopEditor } = await import('./stop-form.ts')
    const finish = (rest: StopPart | undefined) => (rest ? open(rest, data) : dialog.close())
    const { editor, split, fill } = createStopEditor(api, id, part, data, finish)
    dialog.replaceChildren(
      editor.element,
      h('p', { className: 'buttons' }, h('button', { type: 'button', className: 'quiet', onclick: split }, texts.split), close),
      h('p', { className: 'hint', hidden: data.reasons.some(({ retired }) => !retired) }, texts.noReasons),
    )
    // The dialog opens with the stored values, so that they never replace input, and an empty form never replaces them.
    await fill()
    reveal()
    editor.focus()
  }
  const open = (part: StopPart, data: FactoryData) => {
    show(part, data).catch((error: unknown) => {
      dialog.replaceChildren(h('p', { className: 'said', role: 'alert' }, describeFailure(error)), h('p', { className: 'buttons' }, close))
      reveal()
    })
  }
  return { element: dialog, open }
}
