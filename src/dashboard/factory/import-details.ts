import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { h } from '../elements/dom.ts'
import { texts } from '../texts/factory.ts'

/** Creates the part of the page that imports readings from a file. Its code is loaded when it is opened. */
export const createImportDetails = (api: Api, id: number, zone: string) => {
  const end = new AbortController()
  const box = h('div')
  const element = h('details', { className: 'card' }, h('summary', {}, texts.importReadings), box)
  let isLoaded = false
  const load = async () => {
    if (!element.open || isLoaded) return
    isLoaded = true
    try {
      const { createImportPanel } = await import('../import/panel.ts')
      box.replaceChildren(createImportPanel(api, id, zone, end.signal))
    } catch (error) {
      isLoaded = false
      box.replaceChildren(h('p', { className: 'said' }, describeFailure(error)))
    }
  }
  element.addEventListener('toggle', () => void load())
  return { element, end: () => end.abort() }
}
