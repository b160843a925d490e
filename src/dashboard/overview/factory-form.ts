import { LIMITS } from '../../schemas/limits.ts'
import type { Api } from '../api/api.ts'
import { createEditor } from '../elements/editor.ts'
import { IDEAL_SPEED_FIELD } from '../factory/ideal-speed-field.ts'
import { findBrowserZone, listZones } from '../values/time-zone.ts'
import { texts } from '../texts/overview.ts'
import { texts as formTexts } from '../texts/forms.ts'

/**
 * Creates the form of a new factory.
 * @param finish called with the id of the new factory
 */
export const createFactoryForm = (api: Api, finish: (id: number) => void) => {
  const editor = createEditor({
    title: texts.newFactory,
    level: 'h2',
    fields: [
      { name: 'name', label: formTexts.name, type: 'text', required: true, maxLength: LIMITS.nameCharacters },
      {
        name: 'time_zone',
        label: texts.timeZone,
        type: 'select',
        required: true,
        options: listZones().map((zone) => ({ value: zone, label: zone })),
        hint: texts.timeZoneHint,
      },
      IDEAL_SPEED_FIELD,
    ],
    submitLabel: formTexts.create,
    async save({ name = '', time_zone = '', ideal_per_hour = '' }) {
      const settings = ideal_per_hour === '' ? {} : { ideal_per_hour: Number(ideal_per_hour) }
      const { data } = await api.write('POST /api/factories', {}, { name, time_zone, ...settings })
      finish(data.factory.id)
      return ''
    },
  })
  editor.setValue('time_zone', findBrowserZone())
  return editor
}
