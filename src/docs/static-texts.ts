import { staticPages as german } from '../dashboard/texts/de/static.ts'
import { staticPages as english } from '../dashboard/texts/en/static.ts'

/** Renders the texts of pages without a script in every language, because no script reads which one the browser prefers. */

const TEXTS = { en: english, de: german }

const renderLink = (href: string, text: string) => `<a href="${href}">${text}</a>`

/** Renders the text of the page of an unknown address. A page has one main heading, which is English. */
export const renderNotFound = (): string =>
  Object.entries(TEXTS)
    .map(([language, { notFound, noSuchPage, factories, guides, reference }], n) => {
      const heading = n === 0 ? 'h1' : 'h2'
      const text = noSuchPage(renderLink('/', factories), renderLink('/docs', guides), renderLink('/docs/reference', reference))
      return `<div lang="${language}"><${heading}>${notFound}</${heading}><p>${text}</p></div>`
    })
    .join('')

/** Renders the text of the dashboard in a browser without JavaScript. */
export const renderNoScript = (): string =>
  Object.entries(TEXTS)
    .map(([language, { needsJavaScript, chart, guides }]) => {
      const [summaryLink, chartLink] = [renderLink('/api/summary', '/api/summary'), renderLink('/api/factory/0/chart.svg', chart)]
      return `<p lang="${language}">${needsJavaScript(summaryLink, chartLink, renderLink('/docs', guides))}</p>`
    })
    .join('')
