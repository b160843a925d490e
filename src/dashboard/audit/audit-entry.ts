import { createName, h } from '../elements/dom.ts'
import { formatTime } from '../values/format.ts'
import { UNKNOWN } from '../values/numbers.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { createTableHead } from '../elements/table-head.ts'
import { findBrowserZone } from '../values/time-zone.ts'
import { describeChange, findChanges, findFactoryAddress } from './audit-words.ts'
import type { Entry, MemberChange } from './audit-words.ts'
import { texts as adminTexts } from '../texts/admin.ts'

const texts = adminTexts.audit

/** Differing members that the table shows. The complete states are below it. */
const MAX_CHANGES = 100

const createChangeRow = ({ path, before, after }: MemberChange) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('code', {}, path || texts.wholeValue)),
    ...[before, after].map((json) => h('td', {}, json === undefined ? UNKNOWN : h('code', {}, json))),
  )

const createState = (title: string, state: unknown) =>
  h(
    'div',
    {},
    h('h2', {}, title),
    state === null
      ? h('p', { className: 'hint' }, texts.didNotExist)
      : h('pre', { tabIndex: 0, role: 'region', 'aria-label': title, className: 'wrap' }, h('code', {}, JSON.stringify(state, null, 2))),
  )

/** Creates the details of an entry: its origin, the members that differ, and the states before and after. */
const createDetails = (entry: Entry): HTMLElement[] => {
  const changes = findChanges(entry)
  const address = findFactoryAddress(entry)
  const excess = changes.length - MAX_CHANGES
  return [
    h(
      'p',
      { className: 'hint' },
      `${texts.request} `,
      h('code', {}, entry.request_id),
      ` ${texts.origin(entry.country ?? texts.unknownCountry)} `,
      createName(entry.user_agent ?? texts.unknownProgram),
      address !== undefined && '. ',
      address !== undefined && h('a', { href: address }, texts.showFactory),
    ),
    createScrollRegion(
      texts.changedMembers,
      h(
        'table',
        { className: 'changed' },
        createTableHead(Object.values(texts.columns)),
        h('tbody', {}, ...changes.slice(0, MAX_CHANGES).map(createChangeRow)),
      ),
    ),
    ...(excess > 0 ? [h('p', { className: 'hint' }, texts.moreMembers(excess))] : []),
    h(
      'details',
      {},
      h('summary', {}, texts.completeStates),
      h('div', { className: 'pair' }, createState(texts.columns.before, entry.before), createState(texts.columns.after, entry.after)),
    ),
  ]
}

/** Creates an entry of the audit log. Its details are created when it is opened. */
export const createAuditEntry = (entry: Entry, keyNames: ReadonlyMap<number, string>): HTMLElement => {
  const { at, target, key } = entry
  const author = key === null ? texts.operator : (keyNames.get(key) ?? texts.unnamedKey(key))
  const details = h(
    'details',
    {},
    h(
      'summary',
      {},
      h('span', { className: 'when' }, formatTime(at, findBrowserZone())),
      ' ',
      h('span', { className: 'what' }, describeChange(entry)),
      ' ',
      h('code', {}, target),
      h('span', { className: 'hint' }, ` ${texts.by} `, createName(author)),
    ),
  )
  details.addEventListener('toggle', () => details.open && details.children.length === 1 && details.append(...createDetails(entry)))
  return h('li', {}, details)
}
