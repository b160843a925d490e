import type { Reads } from '../../client/operations.ts'
import type { Api } from '../api/api.ts'
import { arrange, h, setText } from '../elements/dom.ts'
import { describeError } from '../api/describe-failure.ts'
import { createAdminPage } from '../page/admin-page.ts'
import type { PageContent } from '../page/admin-page.ts'
import type { Page } from '../page/page.ts'
import { findBrowserZone } from '../values/time-zone.ts'
import { createAuditEntry } from './audit-entry.ts'
import { identify } from './audit-words.ts'
import type { Entry } from './audit-words.ts'
import { texts as adminTexts } from '../texts/admin.ts'

const texts = adminTexts.audit

type AuditPage = Reads['/api/audit-log']

/** Creates the audit log, newest first, with its filters and a button for older entries. */
const createAuditLog = (api: Api): PageContent => {
  const list = h('ol', { className: 'audit plain' })
  const status = h('p', { className: 'said', role: 'status' })
  const older = h('button', { type: 'button', className: 'quiet', hidden: true }, texts.older)
  const subject = h(
    'select',
    { id: 'audit-subject' },
    h('option', { value: '' }, texts.all),
    ...Object.entries(texts.subjects).map(([value, label]) => h('option', { value }, label)),
  )
  const key = h('select', { id: 'audit-key' }, h('option', { value: '' }, texts.all))
  const keyNames = new Map<number, string>()
  let first: AuditPage | undefined
  let entries: Entry[] = []
  let next: string | null = null
  const elements = new Map<string, HTMLElement>()

  const findElement = (entry: Entry): HTMLElement => {
    const id = identify(entry)
    const element = elements.get(id) ?? createAuditEntry(entry, keyNames)
    elements.set(id, element)
    return element
  }
  const show = () => {
    arrange(list, entries.map(findElement))
    older.hidden = next === null
    setText(status, entries.length === 0 ? texts.noEntries : texts.shown(entries.length))
  }
  const readFilters = () => ({ ...(subject.value !== '' && { subject: subject.value }), ...(key.value !== '' && { key: key.value }) })
  /** Loads a page; undefined if the filters have changed since. */
  const loadPage = async (cursor?: string, signal?: AbortSignal): Promise<AuditPage | undefined> => {
    const query = readFilters()
    const { data } = await api.client.get('/api/audit-log', { ...query, ...(cursor !== undefined && { cursor }) }, { signal })
    return JSON.stringify(query) === JSON.stringify(readFilters()) ? data : undefined
  }
  const loadKeys = async (signal: AbortSignal) => {
    for await (const page of api.client.pages('/api/keys', {}, { signal }))
      for (const { id, name } of page.keys) {
        if (!keyNames.has(id)) key.append(h('option', { value: String(id) }, name))
        keyNames.set(id, name)
      }
  }
  /** Shows a first page. Entries that are shown already stay, with the older ones that were loaded. */
  const showFirst = (page: AuditPage) => {
    const known = new Set(entries.map(identify))
    const added = page.entries.filter((entry) => !known.has(identify(entry)))
    const isContinued = added.length < page.entries.length
    first = page
    if (isContinued) entries = [...added, ...entries]
    else {
      entries = page.entries
      next = page.next
    }
    show()
  }
  const loadOlder = async () => {
    const cursor = next!
    const page = await loadPage(cursor)
    // After two presses, the first response has moved the cursor.
    if (!page || next !== cursor) return
    entries = [...entries, ...page.entries]
    next = page.next
    const position = entries.length - page.entries.length
    show()
    // The button disappears with the last page.
    if (older.hidden) list.children[position]?.querySelector('summary')?.focus()
  }
  const reset = async () => {
    const page = await loadPage()
    if (!page) return
    entries = []
    showFirst(page)
  }
  const run = (work: Promise<void>) => void work.catch((error: unknown) => setText(status, describeError(error)))
  older.addEventListener('click', () => run(loadOlder()))
  for (const filter of [subject, key]) filter.addEventListener('change', () => run(reset()))

  return {
    element: h(
      'div',
      { className: 'card stack' },
      h(
        'div',
        { className: 'bar' },
        h('label', { htmlFor: subject.id }, `${texts.subject} `, subject),
        h('label', { htmlFor: key.id }, `${texts.key} `, key),
        h('span', { className: 'hint' }, texts.timesIn(findBrowserZone())),
      ),
      list,
      status,
      h('p', { className: 'buttons' }, older),
    ),
    async refresh(signal) {
      await loadKeys(signal)
      const page = await loadPage(undefined, signal)
      if (page && page !== first) showFirst(page)
    },
  }
}

/** Creates the page of the audit log. */
export const createAuditPage = (api: Api): Page => createAdminPage(api, texts.title, false, () => createAuditLog(api))
