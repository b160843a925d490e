import { LIMITS } from '../../schemas/limits.ts'
import type { Api } from '../api/api.ts'
import { createEditor } from '../elements/editor.ts'
import { findBrowserZone, listZones } from '../values/time-zone.ts'

/**
 * Creates the form of a new factory.
 * @param finish called with the id of the new factory
 */
export const createFactoryForm = (api: Api, finish: (id: number) => void) => {
  const editor = createEditor({
    title: 'New factory',
    level: 'h2',
    fields: [
      { name: 'name', label: 'Name', type: 'text', required: true, maxLength: LIMITS.nameCharacters },
      {
        name: 'time_zone',
        label: 'Time zone',
        type: 'select',
        required: true,
        options: listZones().map((zone) => ({ value: zone, label: zone })),
        hint: 'its days and shifts follow the clock of this zone',
      },
      {
        name: 'ideal_per_hour',
        label: 'Ideal speed',
        type: 'number',
        min: '0',
        step: 'any',
        hint: 'sprockets an hour, for OEE; may stay empty',
      },
    ],
    submitLabel: 'Create',
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
