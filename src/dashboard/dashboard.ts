import { findNewAddress, isDashboardPath, parseView } from './page/view-url.ts'
import type { View } from './page/view-url.ts'
import { createApi } from './api/api.ts'
import { describeFailure } from './api/describe-failure.ts'
import { h } from './elements/dom.ts'
import { createKeyButton } from './page/key-dialog.ts'
import { readKey, useWallKey } from './browser/key-storage.ts'
import { startPolling } from './api/poll.ts'
import { markNavigation, showAdminLinks, translateFrame } from './page/navigation.ts'
import { createNotFoundPage } from './page/not-found.ts'
import { createOverviewPage } from './overview.ts'
import type { Page } from './page/page.ts'
import { startFactoryBase } from './factory/load-base.ts'
import { createFreshnessBanner } from './page/freshness-banner.ts'
import { createWallPage } from './wall.ts'
import { texts } from './texts/page.ts'

/** The pages at `/` and `/factory/3`: shows the view of the URL, polls for changes, and shows in a banner when the data is old. */

const TIMES_INTERVAL_MS = 10_000

translateFrame()
const api = createApi()
const main = document.querySelector('main')!
const banner = createFreshnessBanner()
const header = document.querySelector('.top')!
const keyButton = createKeyButton(api)

let shownAddress: string | undefined
/** The view that was opened last. Its code may still be loading. */
let openedView: View | undefined
/** The page whose element is shown. */
let shownPage: Page | undefined
const getAddress = () => location.pathname + location.search
let current: { page: Page; end: AbortController; restart: () => void; refreshNow: () => void } | undefined

/** Creates the page of a view. The overview and the wall are first views; the code of the others is loaded when they are opened. */
const createPage = async (view: View): Promise<Page> => {
  if (view.show === 'overview') return createOverviewPage(api, view.options, replaceAddress, navigate)
  if (view.show === 'wall') return createWallPage(api, view.options, banner.element, () => current?.refreshNow())
  if (view.show === 'factory') {
    const first = startFactoryBase(api, view.id)
    return (await import('./factory.ts')).createFactoryPage(api, view.id, first, view.range, navigate)
  }
  if (view.show === 'sprockets') return (await import('./sprockets.ts')).createSprocketsPage(api)
  if (view.show === 'keys') return (await import('./keys/keys-page.ts')).createKeysPage(api)
  if (view.show === 'organisation') return (await import('./organisation.ts')).createOrganisationPage(api)
  if (view.show === 'audit') return (await import('./audit/audit-page.ts')).createAuditPage(api)
  return createNotFoundPage()
}

/** Uses the key of the wall in this tab. */
const adoptWallKey = (): void => {
  const before = readKey()
  useWallKey()
  if (readKey() !== before) api.useKey(readKey() ?? '')
}

/** Replaces the address of the current view, which shows it already. */
const replaceAddress = (address: string): void => {
  history.replaceState(null, '', address)
  shownAddress = getAddress()
}

/** Shows a page in place of the earlier one, and polls for its data. */
const showPage = (view: View, page: Page, isNavigation: boolean): void => {
  shownPage?.end()
  shownPage = page
  const end = new AbortController()
  document.body.classList.toggle('tv', view.show === 'wall')
  main.replaceChildren(page.element)
  markNavigation(view.show)
  const updateTitle = () => {
    document.title = texts.documentTitle(page.title)
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
      // The wall has no header.
      if (view.show !== 'wall') updateAdminLinks()
    },
    (state) => banner.show(state),
    end.signal,
  )
  current = { page, end, restart, refreshNow }
  api.onChange(refreshNow, end.signal)
}

/** Reacts to code that cannot be loaded. A new release has replaced it, or the connection is lost: loading the page again tells which. */
const handleMissingCode = (error: unknown): void => {
  if (shownPage) return location.reload()
  main.replaceChildren(h('h1', {}, texts.notLoaded), h('p', { className: 'said' }, describeFailure(error, texts.reload)))
}

/**
 * Shows the view of the URL. The earlier page stays until the code of the next one is loaded.
 * @param isNavigation true if the user chose the view; then the page scrolls to its top and its heading gets the focus
 */
const openView = async (isNavigation: boolean): Promise<void> => {
  const newAddress = findNewAddress(location)
  if (newAddress !== undefined) history.replaceState(null, '', newAddress)
  const view = parseView(location)
  shownAddress = getAddress()
  openedView = view
  if (current?.page.changeView?.(view)) return current.restart()
  current?.end.abort()
  current = undefined
  if (view.show === 'wall') adoptWallKey()
  // The wall takes the banner out of the header.
  header.append(banner.element, keyButton)
  banner.show({ confirmedAt: undefined, old: false, offline: !navigator.onLine, error: undefined })
  try {
    const page = await createPage(view)
    // The user may have chosen another view in the meantime.
    if (openedView === view) showPage(view, page, isNavigation)
    else page.end()
  } catch (error) {
    if (openedView === view) handleMissingCode(error)
  }
}

/** Navigates to an address. `isReplacement` replaces the history entry, so that "Back" skips the current view. */
const navigate = (address: string, isReplacement = false): void => {
  if (isReplacement) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  void openView(true)
}

addEventListener('hashchange', () => {
  // A wall link that is opened in the tab of the wall changes only the fragment.
  if (parseView(location).show === 'wall') adoptWallKey()
})
// A change of the fragment only, such as by the skip link, stays on the same view.
addEventListener('popstate', () => shownAddress !== getAddress() && void openView(false))
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
void openView(false)
