import { findNewAddress, isDashboardPath, parseView } from './view-url.ts'
import type { AdminPage, View } from './view-url.ts'
import { createApi } from './api.ts'
import { createFactoryPage } from './factory.ts'
import { createKeyButton } from './key-dialog.ts'
import { readKey, useWallKey } from './key-storage.ts'
import { startPolling } from './poll.ts'
import { createLazyPage } from './lazy-page.ts'
import { markNavigation, showAdminLinks } from './navigation.ts'
import { createNotFoundPage } from './not-found.ts'
import { createOverviewPage } from './overview.ts'
import type { Page } from './page.ts'
import { createSprocketsPage } from './sprockets.ts'
import { createFreshnessBanner } from './freshness-banner.ts'
import { createWallPage } from './wall.ts'

/** The pages at `/` and `/factory/3`: shows the view of the URL, polls for changes, and shows in a banner when the data is old. */

const TIMES_INTERVAL_MS = 10_000

if (parseView(location).show === 'wall') useWallKey()
const api = createApi()
const main = document.querySelector('main')!
const banner = createFreshnessBanner()
const header = document.querySelector('.top')!
const keyButton = createKeyButton(api)

let shownAddress: string | undefined
const getAddress = () => location.pathname + location.search
let current: { page: Page; end: AbortController; restart: () => void; refreshNow: () => void } | undefined

/** Creates a page of an admin, which loads its code when it is opened. */
const createAdminPage = (name: AdminPage): Page => {
  if (name === 'keys') return createLazyPage('API keys', async () => (await import('./keys/keys-page.ts')).createKeysContent(api))
  if (name === 'organisation')
    return createLazyPage('Organisation', async () => (await import('./organisation.ts')).createOrganisationContent(api))
  return createLazyPage('Audit log', async () => (await import('./audit/audit-page.ts')).createAuditContent(api))
}

const createPage = (view: View): Page => {
  if (view.show === 'factory') return createFactoryPage(api, view.id, view.range, navigate)
  if (view.show === 'wall') return createWallPage(api, view.options, banner.element, () => current?.refreshNow())
  if (view.show === 'missing') return createNotFoundPage()
  if (view.show === 'overview') return createOverviewPage(api, view.options, replaceAddress, navigate)
  if (view.show === 'sprockets') return createSprocketsPage(api)
  return createAdminPage(view.show)
}

/** Replaces the address of the current view, which shows it already. */
const replaceAddress = (address: string): void => {
  history.replaceState(null, '', address)
  shownAddress = getAddress()
}

/**
 * Shows the view of the URL.
 * @param isNavigation true if the user chose the view; then the page scrolls to its top and its heading gets the focus
 */
const openView = (isNavigation: boolean): void => {
  const newAddress = findNewAddress(location)
  if (newAddress !== undefined) history.replaceState(null, '', newAddress)
  const view = parseView(location)
  shownAddress = getAddress()
  if (current?.page.changeView?.(view)) return current.restart()
  current?.end.abort()
  current?.page.end()
  const end = new AbortController()
  header.append(banner.element, keyButton)
  const page = createPage(view)
  document.body.classList.toggle('tv', view.show === 'wall')
  main.replaceChildren(page.element)
  markNavigation(view.show)
  const updateTitle = () => {
    document.title = `${page.title} · Sprocket telemetry`
  }
  updateTitle()
  if (isNavigation) {
    scrollTo(0, 0)
    page.heading.focus({ preventScroll: true })
  }
  const { refreshNow, restart } = startPolling(
    async (signal) => {
      await page.refresh(signal)
      updateTitle()
    },
    (state) => banner.show(state),
    end.signal,
  )
  current = { page, end, restart, refreshNow }
  api.onChange(refreshNow, end.signal)
}

/** Navigates to an address. `isReplacement` replaces the history entry, so that "Back" skips the current view. */
const navigate = (address: string, isReplacement = false): void => {
  if (isReplacement) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  openView(true)
}

addEventListener('hashchange', () => {
  // A wall link that is opened in the tab of the wall changes only the fragment.
  if (parseView(location).show !== 'wall') return
  useWallKey()
  if (readKey() !== api.key) api.useKey(readKey() ?? '')
})
// A change of the fragment only, such as by the skip link, stays on the same view.
addEventListener('popstate', () => shownAddress !== getAddress() && openView(false))
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null
  const isPlainClick = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
  if (!link || !isPlainClick || link.origin !== location.origin || !isDashboardPath(link.pathname) || link.hash) return
  event.preventDefault()
  navigate(link.href)
})
const updateAdminLinks = () => void showAdminLinks(api)
api.onChange(updateAdminLinks, new AbortController().signal)
updateAdminLinks()
setInterval(() => current?.page.updateTimes(), TIMES_INTERVAL_MS)
openView(false)
