import { createName, h } from '../elements/dom.ts'
import { formatCount, formatTime, UNKNOWN } from '../values/format.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { createTableHead } from '../elements/table-head.ts'
import { findBrowserZone } from '../values/time-zone.ts'
import { findChanges, findFactoryAddress, SUBJECTS } from './audit-words.ts'
import type { Entry, MemberChange } from './audit-words.ts'

/** Differing members that the table shows. The complete states are below it. */
const MAX_CHANGES = 100

const createChangeRow = ({ path, before, after }: MemberChange) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('code', {}, path || 'value')),
    ...[before, after].map((json) => h('td', {}, json === undefined ? UNKNOWN : h('code', {}, json))),
  )

const createState = (title: string, state: unknown) =>
  h(
    'div',
    {},
    h('h2', {}, title),
    state === null
      ? h('p', { className: 'hint' }, 'It did not exist.')
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
      'Request ',
      h('code', {}, entry.request_id),
      ` from ${entry.country ?? 'an unknown country'} with `,
      createName(entry.user_agent ?? 'an unknown program'),
      address !== undefined && '. ',
      address !== undefined && h('a', { href: address }, 'Show the factory'),
    ),
    createScrollRegion(
      'Changed members',
      h(
        'table',
        { className: 'changed' },
        createTableHead(['Member', 'Before', 'After']),
        h('tbody', {}, ...changes.slice(0, MAX_CHANGES).map(createChangeRow)),
      ),
    ),
    ...(excess > 0 ? [h('p', { className: 'hint' }, `${formatCount(excess, 'member')} more.`)] : []),
    h(
      'details',
      {},
      h('summary', {}, 'Complete states'),
      h('div', { className: 'pair' }, createState('Before', entry.before), createState('After', entry.after)),
    ),
  ]
}

/** Creates an entry of the audit log. Its details are created when it is opened. */
export const createAuditEntry = (entry: Entry, keyNames: ReadonlyMap<number, string>): HTMLElement => {
  const { at, subject, verb, target, key } = entry
  const author = key === null ? 'the operator' : (keyNames.get(key) ?? `key ${key}`)
  const details = h(
    'details',
    {},
    h(
      'summary',
      {},
      h('span', { className: 'when' }, formatTime(at, findBrowserZone())),
      ' ',
      h('span', { className: 'what' }, `${SUBJECTS[subject]} ${verb}`),
      ' ',
      h('code', {}, target),
      h('span', { className: 'hint' }, ' by ', createName(author)),
    ),
  )
  details.addEventListener('toggle', () => details.open && details.children.length === 1 && details.append(...createDetails(entry)))
  return h('li', {}, details)
}
