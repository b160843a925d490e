import { h } from './dom.ts'
import type { Page } from './page.ts'

/** The content of a page below its heading. */
export interface PageContent {
  element: HTMLElement
  /** Requests all data of the content and shows it. */
  refresh(signal: AbortSignal): Promise<void>
}

/** Creates a page that loads the code of its content with its first refresh, so that the first view does not have it. */
export const createLazyPage = (title: string, load: () => Promise<PageContent>): Page => {
  const heading = h('h1', { tabIndex: -1 }, title)
  const element = h('div', {}, heading)
  let content: PageContent | undefined
  return {
    title,
    heading,
    element,
    async refresh(signal) {
      if (!content) {
        content = await load()
        element.append(content.element)
      }
      await content.refresh(signal)
    },
    updateTimes() {},
    end() {},
  }
}
