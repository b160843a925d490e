import { h } from '../elements/dom.ts'
import type { Page } from './page.ts'
import { texts } from '../texts/page.ts'

/** Creates the page of an address under `/factory/` that is not one of a factory. */
export const createNotFoundPage = (): Page => {
  const heading = h('h1', { tabIndex: -1 }, texts.notFound)
  const text = h('p', {}, `${texts.addressHint} `, h('a', { href: '/' }, texts.showAll), '.')
  return {
    title: texts.notFound,
    heading,
    element: h('div', {}, heading, text),
    refresh: async () => {},
    updateTimes: () => {},
    end: () => {},
  }
}
