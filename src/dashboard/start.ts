import { isFactoryPage } from './page/factory-address.ts'
import { loadTranslation } from './texts/translation.ts'

/**
 * Starts the dashboard after the texts in the language of the browser are loaded, because the code of the dashboard reads them at once.
 * This file imports no code that reads texts.
 */

/** Preloads the code of the page of a factory. All pages have the same HTML, which only names this code. */
const preloadFactoryCode = (): void => {
  const { content } = document.querySelector<HTMLMetaElement>('meta[name="factory-code"]')!
  for (const href of content.split(' ')) document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
}

if (isFactoryPage(location)) preloadFactoryCode()
void loadTranslation().then(() => import('./dashboard.ts'))
