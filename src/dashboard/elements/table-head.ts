import { h } from './dom.ts'

/** Creates the head of a table: one row with the names of its columns. */
export const createTableHead = (names: readonly string[]): HTMLElement =>
  h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name))))
