import type { Api } from '../api/api.ts'
import type { View } from './view-url.ts'
import { setText } from '../elements/dom.ts'
import { findDirection } from '../texts/locale.ts'
import { getShownLanguage } from '../texts/translation.ts'
import { texts } from '../texts/page.ts'

/** Sets the language and the direction of the document, and translates the texts of index.html: `data-text` names the text of an element, `data-name` its label. */
export const translateFrame = (): void => {
  const language = getShownLanguage()
  document.documentElement.lang = language
  document.documentElement.dir = findDirection(language)
  const frame: Partial<Record<string, string>> = texts.frame
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) setText(element, frame[element.dataset['text']!]!)
  for (const element of document.querySelectorAll<HTMLElement>('[data-name]')) element.ariaLabel = frame[element.dataset['name']!]!
}

const findLinks = (selector: string) => document.querySelectorAll<HTMLAnchorElement>(`.top nav a${selector}`)

/** Marks the link of the current page. */
export const markNavigation = (show: View['show']): void => {
  for (const link of findLinks('[data-show]')) {
    if (link.dataset['show'] === show) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

/**
 * Shows the links to the pages that only an admin may use. A key that is limited to factories cannot see the organisation. After a failed
 * request, the links stay as they are until the next refresh.
 */
export const showAdminLinks = async (api: Api): Promise<void> => {
  const access = await api.loadAccess().catch(() => undefined)
  if (!access) return
  for (const link of findLinks('[data-admin]'))
    link.hidden = access.role !== 'admin' || (link.dataset['admin'] === 'organisation' && access.isLimited)
}
