import { h } from '../elements/dom.ts'
import { listZones } from '../values/time-zone.ts'
import type { ImportSettings } from './check-lines.ts'
import { MEMBERS } from './columns.ts'
import type { ColumnMapping } from './columns.ts'
import { FORMAT_NAMES, isLocalFormat, isUnixFormat, TIME_EXAMPLES } from './time-formats.ts'
import type { TimeFormat } from './time-formats.ts'
import { texts } from '../texts/import.ts'
import { texts as formTexts } from '../texts/forms.ts'

const createField = (id: string, label: string, select: HTMLSelectElement) => {
  select.id = id
  return h('label', { htmlFor: id }, label, select)
}

const createOption = (value: string, label: string) => h('option', { value }, label)

/** Creates the controls that say how a file is read: the column of each figure, the format of times, and their zone. */
export const createSettingsForm = (factoryZone: string, onChange: () => void) => {
  const onchange = onChange
  const selects = new Map(MEMBERS.map((member) => [member, h('select', { onchange })]))
  const format = h(
    'select',
    { onchange },
    createOption('', formTexts.choose),
    ...FORMAT_NAMES.map((name) => createOption(name, `${texts.formats[name]}: ${TIME_EXAMPLES[name]}`)),
  )
  const zone = h(
    'select',
    { onchange },
    ...listZones(factoryZone).map((name) => createOption(name, name === factoryZone ? texts.zoneOfFactory(name) : name)),
  )
  const zoneField = createField('import-zone', texts.zone, zone)

  /** Offers only the formats and the zone that the other choices need. */
  const adapt = () => {
    for (const option of format.options)
      option.disabled = selects.get('timeOfDay')!.value !== '' && isUnixFormat(option.value as TimeFormat)
    zoneField.hidden = !isLocalFormat(format.value as TimeFormat)
  }

  return {
    element: h(
      'fieldset',
      { className: 'fields' },
      h('legend', {}, texts.settings),
      ...MEMBERS.map((member) => createField(`import-${member}`, texts.column(texts.members[member]), selects.get(member)!)),
      createField('import-format', texts.format, format),
      zoneField,
    ),
    /** Offers the columns of a file, and chooses these settings. */
    fill(header: readonly string[], settings: ImportSettings) {
      for (const [member, select] of selects) {
        const names = header.map((name, n) => createOption(String(n), name === '' ? texts.unnamedColumn(n + 1) : name))
        select.replaceChildren(createOption('', texts.notInFile), ...names)
        select.value = String(settings.columns[member] ?? '')
      }
      format.value = settings.format ?? ''
      zone.value = settings.zone
      adapt()
    },
    read(): ImportSettings {
      const chosen = [...selects].filter(([, { value }]) => value !== '').map(([member, { value }]) => [member, Number(value)])
      adapt()
      const chosenFormat = format.value === '' ? undefined : (format.value as TimeFormat)
      return { columns: Object.fromEntries(chosen) as ColumnMapping, format: chosenFormat, zone: zone.value }
    },
  }
}
