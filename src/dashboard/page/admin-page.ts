import type { Api } from '../api/api.ts'
import { h } from '../elements/dom.ts'
import type { Page } from './page.ts'
import { texts } from '../texts/page.ts'

/** The content of a page below its heading. */
export interface PageContent {
  element: HTMLElement
  /** Requests all data of the content and shows it. */
  refresh(signal: AbortSignal): Promise<void>
  /** Shows ages and states again, which change without new data. */
  updateTimes?(): void
}

/**
 * Creates a page for admins. Other keys get a notice. Another key gets new content, so that it never sees data of the key before.
 * @param isForLimited true if keys that are limited to factories may use the page
 */
export const createAdminPage = (api: Api, title: string, isForLimited: boolean, create: () => PageContent): Page => {
  const heading = h('h1', { tabIndex: -1 }, title)
  const body = h('div')
  let shown: { key: string; content: PageContent } | undefined
  return {
    title,
    heading,
    element: h('div', {}, heading, body),
    async refresh(signal) {
      const { key } = api
      const { role, isLimited } = await api.loadAccess(signal)
      if (key === undefined || role !== 'admin' || (isLimited && !isForLimited)) {
        shown = undefined
        body.replaceChildren(h('p', { className: 'card' }, isForLimited ? texts.needsAdmin : texts.needsUnlimitedAdmin))
        return
      }
      if (shown?.key !== key) {
        shown = { key, content: create() }
        body.replaceChildren(shown.content.element)
      }
      await shown.content.refresh(signal)
    },
    updateTimes: () => shown?.content.updateTimes?.(),
    end() {},
  }
}
