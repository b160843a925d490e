import { LIMITS } from '../../schemas/limits.ts'
import type { Reads, Writes } from '../../client/operations.ts'
import { ROLES } from '../../schemas/roles.ts'
import type { Role } from '../../schemas/roles.ts'
import { wrapName } from '../../schemas/text-direction.ts'
import type { Api } from '../api/api.ts'
import { createEditor } from '../elements/editor.ts'
import type { Field, Values } from '../elements/editor.ts'
import { findBrowserZone, fromLocal, toLocal } from '../values/time-zone.ts'
import type { Key } from './key-words.ts'
import { texts as adminTexts } from '../texts/admin.ts'
import { texts as formTexts } from '../texts/forms.ts'
import { texts as valueTexts } from '../texts/values.ts'

const texts = adminTexts.keys

type NewKey = Writes['POST /api/keys'][1]

/** Seconds for which an old key stays valid, and the default. */
const OVERLAPS = [86_400, 0, 3_600, 604_800, 2_592_000] as const
const [DEFAULT_OVERLAP] = OVERLAPS

const createFields = (names: ReadonlyMap<number, string>): Field[] => [
  { name: 'name', label: formTexts.name, type: 'text', required: true, maxLength: LIMITS.nameCharacters, hint: texts.nameHint },
  {
    name: 'role',
    label: texts.columns.role,
    type: 'select',
    required: true,
    options: ROLES.map((role) => ({ value: role, label: texts.roles[role] })),
  },
  {
    name: 'factories',
    label: texts.columns.factories,
    type: 'select',
    multiple: true,
    options: [...names].map(([id, label]) => ({ value: String(id), label })),
    nameOption: (id) => valueTexts.factory(Number(id)),
    hint: texts.factoriesHint,
  },
  { name: 'expires_at', label: texts.expiresIn(findBrowserZone()), type: 'datetime-local', step: '1', hint: texts.expiresHint },
]

const parseFactories = (value = '') => (value === '' ? null : value.split(',').map(Number))
const parseExpiry = (value = '') => (value === '' ? null : fromLocal(value, findBrowserZone())!)

const toBody = ({ name = '', role, factories, expires_at }: Values) => ({
  name,
  role: role as Role,
  factories: parseFactories(factories),
  expires_at: parseExpiry(expires_at),
})

const toValues = ({ name, role, factories, expires_at }: Key): Values => ({
  name,
  role,
  factories: (factories ?? []).join(','),
  expires_at: expires_at === null ? '' : toLocal(expires_at, findBrowserZone()),
})

/**
 * Creates the form of a new key.
 * @param names the factories of the organisation
 * @param finish called with the new key and its secret
 */
export const createNewKeyForm = (api: Api, names: ReadonlyMap<number, string>, finish: (key: NewKey) => void) =>
  createEditor({
    title: texts.newKey,
    level: 'h2',
    fields: createFields(names),
    submitLabel: formTexts.create,
    async save(values) {
      finish((await api.write('POST /api/keys', {}, toBody(values))).data)
      return ''
    },
  })

/** Creates the form that changes a key. It sends only edited fields, because an unchanged expiry may lie beyond the one of the own key. */
export const createKeyChangeForm = async (api: Api, { id, name }: Key, names: ReadonlyMap<number, string>) => {
  const load = async () => {
    const { data, etag }: { data: Reads['/api/key/{id}']; etag: string | null } = await api.client.get('/api/key/{id}', { id })
    return { values: toValues(data), etag: etag! }
  }
  const editor = createEditor({
    title: texts.actOn(texts.change, wrapName(name)),
    level: 'h2',
    fields: createFields(names),
    submitLabel: formTexts.save,
    load,
    async save(values, ifMatch, edited) {
      if (edited.size === 0) return texts.nothingChanged
      const body = Object.fromEntries(Object.entries(toBody(values)).filter(([member]) => edited.has(member)))
      const { data, etag } = await api.write('PATCH /api/key/{id}', { id }, body, ifMatch === undefined ? {} : { ifMatch })
      editor.set({ values: toValues(data), ...(etag !== null && { etag }) })
      return texts.savedSoon
    },
  })
  editor.set(await load())
  return editor
}

/**
 * Creates the form that replaces a key by a new one with the same role, factories and expiry.
 * @param finish called with the new key and its secret
 */
export const createRotationForm = (api: Api, { id, name }: Key, finish: (key: NewKey) => void) => {
  const editor = createEditor({
    title: texts.actOn(texts.rotate, wrapName(name)),
    level: 'h2',
    fields: [
      {
        name: 'overlap',
        label: texts.oldKeyEnds,
        type: 'select',
        required: true,
        options: OVERLAPS.map((seconds) => ({ value: String(seconds), label: texts.overlaps[seconds] })),
      },
    ],
    submitLabel: texts.rotate,
    async save({ overlap }) {
      finish((await api.write('POST /api/key/{id}/rotate', { id }, { overlap_seconds: Number(overlap) })).data)
      return ''
    },
  })
  editor.setValue('overlap', String(DEFAULT_OVERLAP))
  return editor
}
