import { h } from './dom.ts'

/** Creates an element whose wide content can be scrolled, also with the keyboard. The label names it for screen readers. */
export const createScrollRegion = (label: string, ...content: Node[]): HTMLElement =>
  h('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': label }, ...content)
