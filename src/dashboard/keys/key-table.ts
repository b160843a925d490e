import { createConfirmButton } from '../elements/confirm-button.ts'
import { createName, h, replaceContent } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { describeEnd, describeScope, describeUse, findKeyState } from './key-words.ts'
import type { Key } from './key-words.ts'
import { findBrowserZone } from '../values/time-zone.ts'

/** The actions of a row. */
interface KeyActions {
  change(key: Key): void
  rotate(key: Key): void
  revoke(key: Key): void
}

/** The content of the table. */
export interface KeyList {
  keys: readonly Key[]
  names: ReadonlyMap<number, string>
  /** Id of the key of this tab. */
  ownId: number | null
}

/** Creates the table of the keys of an organisation. */
export const createKeyTable = (actions: KeyActions) => {
  const box = createScrollRegion('List of keys')

  const createRow = (key: Key, { names, ownId }: KeyList, now: number, zone: string) => {
    const state = findKeyState(key, now)
    const action = (text: string, act: (key: Key) => void) =>
      h('button', { type: 'button', className: 'quiet', 'aria-label': `${text} ${key.name}`, onclick: () => act(key) }, text)
    const cell = (label: string, content: Node | string) => h('td', { role: 'cell', 'data-label': label }, content)
    return h(
      'tr',
      { role: 'row', className: state },
      h('th', { role: 'rowheader', scope: 'row' }, createName(key.name), key.id === ownId && h('span', { className: 'hint' }, ' this tab')),
      cell('Role', key.role),
      cell('Factories', describeScope(key.factories, names)),
      cell('Expires', describeEnd(key, now, zone)),
      cell('Last used', createName(describeUse(key, now))),
      h(
        'td',
        { role: 'cell' },
        h(
          'span',
          { className: 'buttons' },
          state === 'valid' && action('Change', actions.change),
          state === 'valid' && action('Rotate', actions.rotate),
          state !== 'revoked' && createConfirmButton('Revoke', () => actions.revoke(key), `Revoke ${key.name}`),
        ),
      ),
    )
  }
  return {
    element: box,
    show(list: KeyList) {
      const [now, zone] = [Date.now(), findBrowserZone()]
      const names = ['Name', 'Role', 'Factories', `Expires (${zone})`, 'Last used', 'Change']
      replaceContent(box, [
        h(
          'table',
          { className: 'keys', role: 'table', 'aria-label': 'Keys' },
          h(
            'thead',
            { role: 'rowgroup' },
            h('tr', { role: 'row' }, ...names.map((name) => h('th', { role: 'columnheader', scope: 'col' }, name))),
          ),
          h('tbody', { role: 'rowgroup' }, ...list.keys.map((key) => createRow(key, list, now, zone))),
        ),
      ])
    },
  }
}
