import type { Reads } from '../client/operations.ts'
import type { Api } from './api/api.ts'
import { describeError } from './api/describe-failure.ts'
import { mayManageCatalogues } from './api/key-access.ts'
import { createEditor } from './elements/editor.ts'
import type { Field, Values } from './elements/editor.ts'
import { h, replaceContent, setText } from './elements/dom.ts'
import type { Page } from './page/page.ts'
import { formatNumber } from './values/numbers.ts'
import { createTableHead } from './elements/table-head.ts'
import { texts as adminTexts } from './texts/admin.ts'
import { texts as formTexts } from './texts/forms.ts'

const texts = adminTexts.sprockets

type Sprocket = Reads['/api/sprocket/{id}']

const FIELDS: Field[] = [
  { name: 'teeth', label: texts.fields.teeth, type: 'number', step: '1', min: '1', required: true },
  { name: 'pitch_diameter', label: texts.fields.pitch_diameter, type: 'number', step: 'any', min: '0', required: true },
  { name: 'outside_diameter', label: texts.fields.outside_diameter, type: 'number', step: 'any', min: '0', required: true },
  { name: 'pitch', label: texts.fields.pitch, type: 'number', step: 'any', min: '0', required: true },
]

const toMeasures = ({ teeth, pitch_diameter, outside_diameter, pitch }: Values) => ({
  teeth: Number(teeth),
  pitch_diameter: Number(pitch_diameter),
  outside_diameter: Number(outside_diameter),
  pitch: Number(pitch),
})

const toValues = (sprocket: Sprocket): Values =>
  Object.fromEntries(FIELDS.map(({ name }) => [name, String(sprocket[name as keyof Sprocket])]))

/** Creates the page of the catalogue of sprocket types. Its forms are shown to keys that may change the catalogue. */
export const createSprocketsPage = (api: Api): Page => {
  const heading = h('h1', { tabIndex: -1 }, texts.title)
  const count = h('p', { className: 'headline' })
  const table = h('div', { className: 'card scroll' })
  const status = h('p', { className: 'said', role: 'status' })
  const editing = h('div')

  const open = (editor: ReturnType<typeof createEditor>) => {
    setText(status, '')
    editing.replaceChildren(h('div', { className: 'card' }, editor.element))
    editor.focus()
  }
  const edit = async (id: number) => {
    const load = async () => {
      const { data, etag } = await api.client.get('/api/sprocket/{id}', { id })
      return { values: toValues(data), etag: etag! }
    }
    const editor = createEditor({
      title: texts.sprocket(id),
      level: 'h2',
      fields: FIELDS,
      submitLabel: formTexts.save,
      load,
      async save(values, ifMatch) {
        const { etag } = await api.write('PUT /api/sprocket/{id}', { id }, toMeasures(values), ifMatch === undefined ? {} : { ifMatch })
        editor.set({ values, ...(etag !== null && { etag }) })
        return formTexts.saved
      },
      async remove(ifMatch) {
        await api.write('DELETE /api/sprocket/{id}', { id }, undefined, ifMatch === undefined ? {} : { ifMatch })
        return formTexts.removed
      },
    })
    editor.set(await load())
    open(editor)
  }

  const add = () => {
    const editor = createEditor({
      title: texts.newType,
      level: 'h2',
      fields: FIELDS,
      submitLabel: formTexts.add,
      async save(values) {
        const { data } = await api.write('POST /api/sprockets', {}, toMeasures(values))
        return texts.added(data.id)
      },
    })
    open(editor)
  }

  const createEditButton = (id: number) => {
    const onclick = () => void edit(id).catch((error: unknown) => setText(status, describeError(error)))
    return h('button', { type: 'button', className: 'quiet', 'aria-label': texts.editSprocket(id), onclick }, texts.edit)
  }
  const createRow = (sprocket: Sprocket, mayEdit: boolean) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, String(sprocket.id)),
      ...FIELDS.map(({ name }) => h('td', {}, formatNumber(sprocket[name as keyof Sprocket]))),
      mayEdit && h('td', {}, createEditButton(sprocket.id)),
    )

  return {
    title: texts.title,
    heading,
    element: h('div', {}, heading, count, table, status, editing),
    async refresh(signal) {
      const mayEdit = mayManageCatalogues(await api.loadAccess(signal))
      const pages: Reads['/api/sprockets'][] = []
      for await (const page of api.client.pages('/api/sprockets', {}, { signal })) pages.push(page)
      const sprockets = pages.flatMap((page) => page.sprockets)
      setText(count, texts.types(sprockets.length))
      if (!mayEdit) editing.replaceChildren()
      const names = [texts.id, ...FIELDS.map(({ label }) => label), ...(mayEdit ? [texts.change] : [])]
      const rows = sprockets.map((sprocket) => createRow(sprocket, mayEdit))
      replaceContent(table, [
        h('table', { className: 'figures narrow' }, createTableHead(names), h('tbody', {}, ...rows)),
        ...(mayEdit ? [h('p', { className: 'buttons' }, h('button', { type: 'button', onclick: add }, texts.addType))] : []),
      ])
    },
    updateTimes() {},
    end() {},
  }
}
