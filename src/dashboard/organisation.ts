import type { Reads } from '../client/operations.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { Api } from './api/api.ts'
import { h } from './elements/dom.ts'
import { createEditor } from './elements/editor.ts'
import { formatTime } from './values/format.ts'
import { createAdminPage } from './page/admin-page.ts'
import type { PageContent } from './page/admin-page.ts'
import type { Page } from './page/page.ts'
import { describeQuota, parseQuotas } from './api/quotas.ts'
import { findBrowserZone } from './values/time-zone.ts'
import { texts as adminTexts } from './texts/admin.ts'
import { texts as formTexts } from './texts/forms.ts'

const texts = adminTexts.organisation

const createFact = (term: string, value: string) => h('div', {}, h('dt', {}, term), h('dd', {}, value))

/** Creates the name of the organisation with its form, its facts, the quotas of its keys, and the form that deletes it. */
const createOrganisation = (api: Api): PageContent => {
  const facts = h('dl', { className: 'inputs' })
  const quotas = h('dl', { className: 'inputs' })
  const load = async () => {
    const { data, etag } = await api.client.get('/api/organisation')
    return { values: { name: data.name }, etag: etag! }
  }
  const editor = createEditor({
    title: texts.nameOf,
    level: 'h2',
    fields: [{ name: 'name', label: formTexts.name, type: 'text', required: true, maxLength: LIMITS.nameCharacters }],
    submitLabel: texts.rename,
    load,
    async save({ name = '' }, ifMatch) {
      const { etag } = await api.write('PATCH /api/organisation', {}, { name }, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: { name }, ...(etag !== null && { etag }) })
      return formTexts.saved
    },
  })
  const deletion = createEditor({
    title: texts.deletion,
    level: 'h2',
    fields: [{ name: 'confirm', label: texts.identifier, type: 'text', required: true, hint: texts.deletionHint }],
    submitLabel: texts.deletion,
    async save({ confirm = '' }) {
      await api.write('DELETE /api/organisation', {}, { confirm })
      return texts.deleted
    },
  })
  let isFilled = false
  /** The data and the quotas that are shown. */
  let shown: { data: Reads['/api/organisation']; policy: string } | undefined
  return {
    element: h(
      'div',
      { className: 'stack' },
      h('div', { className: 'card' }, editor.element),
      h('section', { className: 'card', 'aria-labelledby': 'facts' }, h('h2', { id: 'facts' }, texts.facts), facts),
      h(
        'section',
        { className: 'card', 'aria-labelledby': 'quotas' },
        h('h2', { id: 'quotas' }, texts.limits),
        h('p', { className: 'hint' }, texts.limitsHint),
        quotas,
      ),
      h('div', { className: 'card' }, deletion.element),
    ),
    async refresh(signal) {
      const { data, etag, headers } = await api.client.get('/api/organisation', {}, { signal })
      // A refresh never replaces input.
      if (!isFilled) editor.set({ values: { name: data.name }, etag: etag! })
      isFilled = true
      const policy = headers.get('RateLimit-Policy') ?? ''
      if (shown?.data === data && shown.policy === policy) return
      shown = { data, policy }
      const zone = findBrowserZone()
      facts.replaceChildren(createFact(texts.identifier, data.slug), createFact(texts.createdIn(zone), formatTime(data.created_at, zone)))
      quotas.replaceChildren(
        ...parseQuotas(policy)
          .map(describeQuota)
          .map(({ name, limit }) => createFact(name, limit)),
      )
    },
  }
}

/** Creates the page of the organisation. */
export const createOrganisationPage = (api: Api): Page => createAdminPage(api, texts.title, false, () => createOrganisation(api))
