import { h } from './elements/dom.ts'
import { isFactoryPage } from './page/factory-address.ts'
import { page } from './texts/en/page.ts'
import { loadTranslation, select } from './texts/translation.ts'

/**
 * Starts the dashboard after the texts in the language of the browser are loaded, because the code of the dashboard reads them at once.
 * This file imports no code that reads texts before that.
 */

const RETRY_MS = 30_000

/** Preloads the code of the page of a factory. All pages have the same HTML, which only names this code. */
const preloadFactoryCode = (): void => {
  const { content } = document.querySelector<HTMLMetaElement>('meta[name="factory-code"]')!
  for (const href of content.split(' ')) document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
}

/** Says that the code cannot be loaded, and reloads the page when the server responds. A wall has no reader who reloads it. */
const recover = (): void => {
  const texts = select('page', page)
  document.querySelector('main')!.replaceChildren(h('h1', {}, texts.notLoaded), h('p', { className: 'said' }, texts.loadsAgain))
  const retry = async () => {
    const { ok } = await fetch(location.href, { cache: 'no-store' })
    if (ok) location.reload()
  }
  setInterval(() => void retry().catch(() => {}), RETRY_MS)
}

if (isFactoryPage(location)) preloadFactoryCode()
loadTranslation()
  .then(() => import('./dashboard.ts'))
  .catch(recover)
