import { viewOf } from './view-url.ts'
import type { View } from './view-url.ts'
import { makeApi } from './api.ts'
import { factoryPage } from './factory.ts'
import { makeKeyButton } from './key-dialog.ts'
import { startPolling } from './poll.ts'
import { overviewPage } from './overview.ts'
import type { Page } from './page.ts'
import { sprocketsPage } from './sprockets.ts'
import { createFreshnessBanner } from './freshness-banner.ts'

/** The page at `/`: shows what the address names, keeps it fresh, and says so where it cannot. */

const TICK_MS = 10_000

const api = makeApi()
const main = document.querySelector('main')!
const standing = createFreshnessBanner()
document.querySelector('.top')!.append(standing.element, makeKeyButton(api))

let shown: string | undefined
let current: { page: Page; end: AbortController; anew: () => void } | undefined

const pageOf = (view: View): Page => {
  if (view.show === 'factory') return factoryPage(api, view.id, view.range, go)
  return view.show === 'sprockets' ? sprocketsPage(api) : overviewPage(api)
}

const markNavigation = () => {
  const { show } = viewOf(location)
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.top nav a[data-show]')) {
    if (link.dataset['show'] === show) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

/** Shows the view that the address names. */
const open = (arrived: boolean): void => {
  const view = viewOf(location)
  shown = location.search
  if (current?.page.turn?.(view)) return current.anew()
  current?.end.abort()
  current?.page.end()
  const end = new AbortController()
  const page = pageOf(view)
  main.replaceChildren(page.element)
  markNavigation()
  const entitle = () => {
    document.title = `${page.title} · Sprocket telemetry`
  }
  entitle()
  if (arrived) {
    scrollTo(0, 0)
    page.heading.focus({ preventScroll: true })
  }
  const { now, anew } = startPolling(
    async (signal) => {
      await page.refresh(signal)
      entitle()
    },
    (how) => standing.show(how),
    end.signal,
  )
  current = { page, end, anew }
  api.onChange(now, end.signal)
}

/** Goes to an address; `instead` of the present one, where the way back is not to lead there. */
const go = (address: string, instead = false): void => {
  if (instead) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  open(true)
}

// A step within the page, such as the skip link, is of the same view.
addEventListener('popstate', () => shown !== location.search && open(false))
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
  if (!link || !plain || link.origin !== location.origin || link.pathname !== '/' || link.hash) return
  event.preventDefault()
  go(link.href)
})
setInterval(() => current?.page.tick(), TICK_MS)
open(false)
