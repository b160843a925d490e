import type { Reads } from '../../client/operations.ts'
import type { Api } from '../api/api.ts'
import { describeFailure } from '../api/describe-failure.ts'
import { createConfirmButton } from '../elements/confirm-button.ts'
import { h, setText } from '../elements/dom.ts'
import { displayName } from '../values/format.ts'
import { formatWallLink } from '../browser/key-storage.ts'
import { createCopyField } from '../elements/copy-field.ts'
import { formatViewUrl } from '../page/view-url.ts'
import { texts } from '../texts/wall.ts'
import { texts as formTexts } from '../texts/forms.ts'

type Factory = Reads['/api/summary']['factories'][number]

/** The names of the keys of wall links begin with this word. */
const PREFIX = 'Wall: '

/** Creates the list of the wall links that are not revoked. */
const createLinkList = (api: Api, report: (text: string) => void) => {
  const list = h('ul', { className: 'links' })
  const load = async () => {
    const items: HTMLElement[] = []
    for await (const { keys } of api.client.pages('/api/keys'))
      for (const key of keys) {
        if (!key.name.startsWith(PREFIX) || key.revoked_at !== null) continue
        const revoke = async () => {
          await api.write('DELETE /api/key/{id}', { id: key.id }, undefined)
          await load()
          report(texts.revoked)
        }
        const act = () => void revoke().catch((error: unknown) => report(describeFailure(error)))
        const button = createConfirmButton(texts.revoke, act, texts.revokeLink(key.name))
        const extent = key.factories === null ? texts.allFactories : texts.someFactories(key.factories.join(', '))
        items.push(h('li', {}, h('span', {}, key.name.slice(PREFIX.length), h('span', { className: 'hint' }, ` ${extent} `)), button))
      }
    list.replaceChildren(...items)
  }
  return { list, load }
}

/**
 * Creates the button and the dialog with which an admin creates the address of a wall, including a key that may only read.
 * @param listFactories returns the factories of the organisation
 */
export const createWallLink = (api: Api, listFactories: () => Factory[]) => {
  const button = h('button', { type: 'button', className: 'quiet', hidden: true }, texts.linkButton)
  const status = h('p', { className: 'said', role: 'alert' })
  const report = (text: string) => setText(status, text)
  const name = h('input', { id: 'wall-name', required: true, maxLength: 90, autocomplete: 'off' })
  const factories = h('select', { id: 'wall-factories', multiple: true, size: 6 })
  const address = createCopyField(texts.address, report)
  const links = createLinkList(api, report)
  const dialog = h('dialog', { className: 'wall-link', 'aria-labelledby': 'wall-title' })
  const close = h('button', { type: 'button', className: 'quiet', onclick: () => dialog.close() }, formTexts.close)
  const submit = h('button', { type: 'submit' }, formTexts.create)
  const form = h(
    'form',
    {},
    h('h2', { id: 'wall-title' }, texts.linkTitle),
    h('p', { className: 'hint' }, texts.linkHint),
    h('label', { htmlFor: name.id }, `${texts.screenName} `, name),
    h('label', { htmlFor: factories.id }, `${texts.chooseFactories} `, factories),
    h('p', { className: 'buttons' }, submit, close),
    address.element,
    status,
    h('h3', {}, texts.linksInUse),
    links.list,
  )
  dialog.append(form)

  button.addEventListener('click', () => {
    factories.replaceChildren(...listFactories().map((factory) => h('option', { value: String(factory.id) }, displayName(factory))))
    report('')
    address.clear()
    dialog.showModal()
    links.load().catch((error: unknown) => report(describeFailure(error)))
  })
  const create = async () => {
    const chosen = [...factories.selectedOptions].map(({ value }) => Number(value))
    const scope = chosen.length ? chosen : null
    const { data } = await api.write('POST /api/keys', {}, { name: PREFIX + name.value.trim(), role: 'viewer', factories: scope })
    const id = chosen.length === 1 ? chosen[0] : undefined
    const wall = formatViewUrl({ show: 'wall', options: { id, bands: undefined, pageSeconds: undefined } })
    address.show(formatWallLink(location.origin + wall, data.key))
    report(texts.created)
    await links.load()
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit.disabled = true
    create()
      .catch((error: unknown) => report(describeFailure(error)))
      .finally(() => (submit.disabled = false))
  })
  return {
    element: h('span', {}, button, dialog),
    /** Shows the button to admins. */
    async refresh(signal: AbortSignal) {
      button.hidden = (await api.loadAccess(signal)).role !== 'admin'
    },
  }
}
