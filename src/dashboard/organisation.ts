import { LIMITS } from '../schemas/limits.ts'
import type { Api } from './api/api.ts'
import { h } from './elements/dom.ts'
import { createEditor } from './elements/editor.ts'
import { formatNumber, formatTime } from './values/format.ts'
import { createAdminPage } from './page/admin-page.ts'
import type { PageContent } from './page/admin-page.ts'
import type { Page } from './page/page.ts'
import { parseQuotas, QUOTAS } from './api/quotas.ts'
import { findBrowserZone } from './values/time-zone.ts'

const createFact = (term: string, value: string) => h('div', {}, h('dt', {}, term), h('dd', {}, value))

/** Creates the name of the organisation with its form, its facts and the quotas of its keys. */
const createOrganisation = (api: Api): PageContent => {
  const facts = h('dl', { className: 'inputs' })
  const quotas = h('dl', { className: 'inputs' })
  const load = async () => {
    const { data, etag } = await api.client.get('/api/organisation')
    return { values: { name: data.name }, etag: etag! }
  }
  const editor = createEditor({
    title: 'Name of the organisation',
    level: 'h2',
    fields: [{ name: 'name', label: 'Name', type: 'text', required: true, maxLength: LIMITS.nameCharacters }],
    submitLabel: 'Rename',
    load,
    async save({ name = '' }, ifMatch) {
      const { etag } = await api.write('PATCH /api/organisation', {}, { name }, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { name }, ...(etag !== null && { etag }) })
      return 'Saved.'
    },
  })
  let isFilled = false
  return {
    element: h(
      'div',
      { className: 'stack' },
      h('div', { className: 'card' }, editor.element),
      h('section', { className: 'card', 'aria-labelledby': 'facts' }, h('h2', { id: 'facts' }, 'Facts'), facts),
      h(
        'section',
        { className: 'card', 'aria-labelledby': 'quotas' },
        h('h2', { id: 'quotas' }, 'Limits of this key'),
        h('p', { className: 'hint' }, 'A request above a limit gets 429 and the time after which it may be repeated.'),
        quotas,
      ),
    ),
    async refresh(signal) {
      const { data, etag, headers } = await api.client.get('/api/organisation', {}, { signal })
      const zone = findBrowserZone()
      // A refresh never replaces input.
      if (!isFilled) editor.set({ values: { name: data.name }, etag: etag! })
      isFilled = true
      facts.replaceChildren(createFact('Identifier', data.slug), createFact(`Created (${zone})`, formatTime(data.created_at, zone)))
      quotas.replaceChildren(
        ...parseQuotas(headers.get('RateLimit-Policy') ?? '').map(({ name, requests, seconds }) =>
          createFact(QUOTAS[name] ?? name, `${formatNumber(requests)} in ${formatNumber(seconds)} s`),
        ),
      )
    },
  }
}

/** Creates the page of the organisation. */
export const createOrganisationPage = (api: Api): Page => createAdminPage(api, 'Organisation', false, () => createOrganisation(api))
