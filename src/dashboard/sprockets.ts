import type { Reads } from '../client/operations.ts'
import type { Api } from './api.ts'
import { makeEditor } from './editor.ts'
import type { Field, Values } from './editor.ts'
import { make, say } from './dom.ts'
import type { Page } from './page.ts'
import { figure } from './format.ts'

type Sprocket = Reads['/api/sprocket/{id}']

const FIELDS: Field[] = [
  { name: 'teeth', label: 'Teeth', type: 'number', step: '1', min: '1', required: true },
  { name: 'pitch_diameter', label: 'Pitch diameter', type: 'number', step: 'any', min: '0', required: true },
  { name: 'outside_diameter', label: 'Outside diameter', type: 'number', step: 'any', min: '0', required: true },
  { name: 'pitch', label: 'Pitch', type: 'number', step: 'any', min: '0', required: true },
]

const measuresOf = ({ teeth, pitch_diameter, outside_diameter, pitch }: Values) => ({
  teeth: Number(teeth),
  pitch_diameter: Number(pitch_diameter),
  outside_diameter: Number(outside_diameter),
  pitch: Number(pitch),
})

const valuesOf = (sprocket: Sprocket): Values =>
  Object.fromEntries(FIELDS.map(({ name }) => [name, String(sprocket[name as keyof Sprocket])]))

/** The catalogue of sprocket types. */
export const sprocketsPage = (api: Api): Page => {
  const heading = make('h1', { tabIndex: -1 }, 'Sprockets')
  const count = make('p', { className: 'headline' })
  const table = make('div', { className: 'card scroll' })
  const editing = make('div')

  const edit = async (id: number) => {
    const reread = async () => {
      const { data, etag } = await api.client.get('/api/sprocket/{id}', { id })
      return { values: valuesOf(data), etag: etag! }
    }
    const editor = makeEditor({
      title: `Sprocket ${id}`,
      fields: FIELDS,
      verb: 'Save',
      reread,
      async save(values, ifMatch) {
        const { etag } = await api.write('PUT /api/sprocket/{id}', { id }, measuresOf(values), ifMatch === undefined ? {} : { ifMatch })
        editor.set({ values, ...(etag !== null && { etag }) })
        return 'Saved.'
      },
      async remove(ifMatch) {
        await api.write('DELETE /api/sprocket/{id}', { id }, undefined, ifMatch === undefined ? {} : { ifMatch })
        return 'Removed.'
      },
    })
    editor.set(await reread())
    editing.replaceChildren(make('div', { className: 'card' }, editor.element))
    editor.focus()
  }

  const add = () => {
    const editor = makeEditor({
      title: 'A new sprocket type',
      fields: FIELDS,
      verb: 'Add',
      async save(values) {
        const { data } = await api.write('POST /api/sprockets', {}, measuresOf(values))
        return `Added as sprocket ${data.id}.`
      },
    })
    editing.replaceChildren(make('div', { className: 'card' }, editor.element))
    editor.focus()
  }

  const rowOf = (sprocket: Sprocket) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, String(sprocket.id)),
      ...FIELDS.map(({ name }) => make('td', {}, figure(sprocket[name as keyof Sprocket]))),
      api.key !== undefined &&
        make(
          'td',
          {},
          make(
            'button',
            { type: 'button', className: 'quiet', 'aria-label': `Edit sprocket ${sprocket.id}`, onclick: () => void edit(sprocket.id) },
            'Edit',
          ),
        ),
    )

  let keyed: string | undefined
  return {
    title: 'Sprockets',
    heading,
    element: make('div', {}, heading, count, table, editing),
    async refresh(signal) {
      const pages: Reads['/api/sprockets'][] = []
      for await (const page of api.client.pages('/api/sprockets', {}, { signal })) pages.push(page)
      const sprockets = pages.flatMap((page) => page.sprockets)
      say(count, sprockets.length === 1 ? 'One type' : `${sprockets.length} types`)
      const focused = table.contains(document.activeElement) && keyed === api.key
      if (focused) return
      keyed = api.key
      const names = ['Id', ...FIELDS.map(({ label }) => label), ...(api.key === undefined ? [] : ['Change'])]
      table.replaceChildren(
        make(
          'table',
          { className: 'figures narrow' },
          make('thead', {}, make('tr', {}, ...names.map((name) => make('th', { scope: 'col' }, name)))),
          make('tbody', {}, ...sprockets.map(rowOf)),
        ),
        ...(api.key === undefined
          ? []
          : [make('p', { className: 'buttons' }, make('button', { type: 'button', onclick: add }, 'Add a sprocket type'))]),
      )
    },
    tick() {},
    end() {},
  }
}
