import { createConfirmButton } from '../elements/confirm-button.ts'
import { createName, h, replaceContent } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { describeEnd, describeScope, describeUse, findKeyState } from './key-words.ts'
import type { Key } from './key-words.ts'
import { findBrowserZone } from '../values/time-zone.ts'
import { texts as adminTexts } from '../texts/admin.ts'
import { texts as formTexts } from '../texts/forms.ts'

const texts = adminTexts.keys

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
  const box = createScrollRegion(texts.list)

  const createRow = (key: Key, { names, ownId }: KeyList, now: number, zone: string) => {
    const state = findKeyState(key, now)
    const action = (text: string, act: (key: Key) => void) =>
      h('button', { type: 'button', className: 'quiet', 'aria-label': texts.actOn(text, key.name), onclick: () => act(key) }, text)
    const cell = (label: string, content: Node | string) => h('td', { role: 'cell', 'data-label': label }, content)
    return h(
      'tr',
      { role: 'row', className: state },
      h(
        'th',
        { role: 'rowheader', scope: 'row' },
        createName(key.name),
        key.id === ownId && h('span', { className: 'hint' }, ` ${texts.thisTab}`),
      ),
      cell(texts.columns.role, key.role),
      cell(texts.columns.factories, describeScope(key.factories, names)),
      cell(texts.columns.expires, describeEnd(key, now, zone)),
      cell(texts.columns.lastUsed, createName(describeUse(key, now))),
      h(
        'td',
        { role: 'cell' },
        h(
          'span',
          { className: 'buttons' },
          state === 'valid' && action(texts.change, actions.change),
          state === 'valid' && action(texts.rotate, actions.rotate),
          state !== 'revoked' && createConfirmButton(texts.revoke, () => actions.revoke(key), texts.actOn(texts.revoke, key.name)),
        ),
      ),
    )
  }
  return {
    element: box,
    show(list: KeyList) {
      const [now, zone] = [Date.now(), findBrowserZone()]
      const { columns } = texts
      const names = [formTexts.name, columns.role, columns.factories, texts.expiresIn(zone), columns.lastUsed, columns.change]
      replaceContent(box, [
        h(
          'table',
          { className: 'keys', role: 'table', 'aria-label': texts.table },
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
