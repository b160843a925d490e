import { isAtLeast } from '../../schemas/roles.ts'
import type { Api } from '../api/api.ts'
import { h } from '../elements/dom.ts'
import { describeError } from '../api/describe-failure.ts'
import type { FactoryData } from './load-factory.ts'
import { texts } from '../texts/factory.ts'

/** The content of the card, as long as the zone and the role stay the same. */
interface Content {
  key: string
  refresh: Promise<(signal?: AbortSignal) => Promise<void>>
}

/** Creates the card with the schedule of a factory. Its code and its data are loaded when it is opened. */
export const createScheduleSection = (api: Api, id: number) => {
  const body = h('div')
  const element = h('details', { className: 'card', hidden: true }, h('summary', {}, texts.schedule), body)
  let data: FactoryData | undefined
  let content: Content | undefined

  const create = async ({ zone, role }: FactoryData) => {
    const { createScheduleEditor, createScheduleView } = await import('../schedule/schedule-card.ts')
    const { element: view, refresh } = (isAtLeast(role, 'engineer') ? createScheduleEditor : createScheduleView)(api, { id, zone })
    body.replaceChildren(view)
    return refresh
  }
  const update = async (signal?: AbortSignal) => {
    if (!data || !element.open) return
    const key = `${data.zone} ${data.role}`
    if (content?.key !== key) {
      const refresh = create(data)
      content = { key, refresh }
      refresh.catch(() => {
        content = undefined
      })
    }
    const refresh = await content.refresh
    await refresh(signal)
  }
  element.addEventListener('toggle', () => {
    update().catch((error: unknown) => body.replaceChildren(h('p', { className: 'said', role: 'alert' }, describeError(error))))
  })
  return {
    element,
    show(next: FactoryData, signal: AbortSignal) {
      data = next
      element.hidden = false
      return update(signal)
    },
  }
}
