import type { Api } from '../api/api.ts'
import type { View } from './view-url.ts'

const findLinks = (selector: string) => document.querySelectorAll<HTMLAnchorElement>(`.top nav a${selector}`)

/** Marks the link of the current page. */
export const markNavigation = (show: View['show']): void => {
  for (const link of findLinks('[data-show]')) {
    if (link.dataset['show'] === show) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

/** Shows the links to the pages that only an admin may use. A key that is limited to factories cannot see the organisation. */
export const showAdminLinks = async (api: Api): Promise<void> => {
  const access = await api.loadAccess().catch(() => undefined)
  for (const link of findLinks('[data-admin]'))
    link.hidden = access?.role !== 'admin' || (link.dataset['admin'] === 'organisation' && access.isLimited)
}
