import { h } from '../elements/dom.ts'
import type { Page } from './page.ts'

/** Creates the page of an address under `/factory/` that is not one of a factory. */
export const createNotFoundPage = (): Page => {
  const heading = h('h1', { tabIndex: -1 }, 'Page not found')
  const text = h(
    'p',
    {},
    'The address of a factory ends with its number, such as /factory/3. ',
    h('a', { href: '/' }, 'Show all factories'),
    '.',
  )
  return {
    title: 'Page not found',
    heading,
    element: h('div', {}, heading, text),
    refresh: async () => {},
    updateTimes: () => {},
    end: () => {},
  }
}
