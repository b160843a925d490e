import type { Reads, Writes } from '../../client/operations.ts'
import type { Api } from '../api/api.ts'
import { h, setText } from '../elements/dom.ts'
import { describeError } from '../api/describe-failure.ts'
import { displayName } from '../values/format.ts'
import { createAdminPage } from '../page/admin-page.ts'
import type { PageContent } from '../page/admin-page.ts'
import type { Page } from '../page/page.ts'
import { createKeyChangeForm, createNewKeyForm, createRotationForm } from './key-forms.ts'
import { createKeyTable } from './key-table.ts'
import { findKeyState } from './key-words.ts'
import type { Key } from './key-words.ts'
import { createNewKeyCard } from './new-key.ts'
import { texts as adminTexts } from '../texts/admin.ts'
import { texts as formTexts } from '../texts/forms.ts'

const texts = adminTexts.keys

type NewKey = Writes['POST /api/keys'][1]
type KeyPage = Reads['/api/keys']

/** Creates the list of the keys of an organisation, and the forms that create, change, rotate and revoke keys. */
const createKeyList = (api: Api): PageContent => {
  const count = h('p', { className: 'headline' })
  const status = h('p', { className: 'said', role: 'status' })
  const editing = h('div')
  const all = h('input', { type: 'checkbox' })
  const add = h('button', { type: 'button' }, texts.create)
  let pages: KeyPage[] = []
  let names: ReadonlyMap<number, string> = new Map()
  let ownId: number | null = null

  const report = (text: string) => setText(status, text)
  const run = (work: Promise<void>) => void work.catch((error: unknown) => report(describeError(error)))
  const close = () => {
    editing.replaceChildren()
    add.focus()
  }
  const open = (form: { element: HTMLElement; focus(): void }) => {
    report('')
    editing.replaceChildren(
      h(
        'div',
        { className: 'card' },
        form.element,
        h('p', { className: 'buttons' }, h('button', { type: 'button', className: 'quiet', onclick: close }, formTexts.close)),
      ),
    )
    form.focus()
  }
  const showSecret = (key: NewKey, isOwn: boolean) => {
    const card = createNewKeyCard(key, isOwn ? () => api.useKey(key.key) : undefined, close)
    editing.replaceChildren(card.element)
    card.focus()
  }
  const revoke = async ({ id, name }: Key) => {
    await api.write('DELETE /api/key/{id}', { id }, undefined)
    report(texts.revoked(name))
  }
  const table = createKeyTable({
    change: (key) => run(createKeyChangeForm(api, key, names).then(open)),
    rotate: (key) => open(createRotationForm(api, key, (created) => showSecret(created, key.id === ownId))),
    revoke: (key) => run(revoke(key)),
  })
  add.addEventListener('click', () => open(createNewKeyForm(api, names, (created) => showSecret(created, false))))

  const show = () => {
    const keys = pages.flatMap((page) => page.keys)
    const valid = keys.filter((key) => findKeyState(key, Date.now()) === 'valid')
    setText(count, texts.counts(valid.length, keys.length - valid.length))
    table.show({ keys: all.checked ? keys : valid, names, ownId })
  }
  all.addEventListener('change', show)

  return {
    element: h(
      'div',
      { className: 'stack' },
      count,
      h('div', { className: 'card' }, table.element, h('div', { className: 'bar' }, add, h('label', {}, all, ` ${texts.showEnded}`))),
      status,
      editing,
    ),
    async refresh(signal) {
      const loaded: KeyPage[] = []
      for await (const page of api.client.pages('/api/keys', {}, { signal })) loaded.push(page)
      const { data } = await api.client.get('/api/summary', {}, { signal })
      const { keyId } = await api.loadAccess(signal)
      names = new Map(data.factories.map((factory) => [factory.id, displayName(factory)]))
      // An unchanged page is the same object.
      if (keyId === ownId && loaded.length === pages.length && loaded.every((page, n) => page === pages[n])) return
      pages = loaded
      ownId = keyId
      show()
    },
    updateTimes() {
      // A button that waits for its second press stays as it is.
      if (!table.element.contains(document.activeElement)) show()
    },
  }
}

/** Creates the page of the API keys. */
export const createKeysPage = (api: Api): Page => createAdminPage(api, texts.title, true, () => createKeyList(api))
