import type { Api } from './api.ts'
import { h } from './dom.ts'
import type { PageContent } from './lazy-page.ts'

const NOTICE = 'This page needs a key with the role admin. Enter one above.'
const LIMITED_NOTICE = 'This page needs a key with the role admin that is not limited to factories. Enter one above.'

/**
 * Creates the content of a page for admins. Other keys get a notice. Another key gets new content, so that it never sees data of the
 * key before.
 * @param isForLimited true if keys that are limited to factories may use the page
 */
export const createAdminContent = (api: Api, isForLimited: boolean, create: () => PageContent): PageContent => {
  const element = h('div')
  let shown: { key: string; content: PageContent } | undefined
  return {
    element,
    async refresh(signal) {
      const { key } = api
      const { role, isLimited } = await api.loadAccess(signal)
      if (key === undefined || role !== 'admin' || (isLimited && !isForLimited)) {
        shown = undefined
        element.replaceChildren(h('p', { className: 'card' }, isForLimited ? NOTICE : LIMITED_NOTICE))
        return
      }
      if (shown?.key !== key) {
        shown = { key, content: create() }
        element.replaceChildren(shown.content.element)
      }
      await shown.content.refresh(signal)
    },
  }
}
