import type { Api } from '../api/api.ts'
import { createDocumentSaver } from '../elements/document-saver.ts'
import { h, setText } from '../elements/dom.ts'
import type { Schedule } from '../../schemas/schedules.ts'
import { clearFieldErrors, showFieldErrors } from './field-errors.ts'
import { createScheduleFields, selectComplete } from './schedule-fields.ts'
import { createScheduleTables } from './schedule-tables.ts'
import { createWeekPreview } from './week-preview.ts'
import { texts } from '../texts/schedule.ts'

/** The factory of a schedule. */
export interface ScheduleFactory {
  id: number
  zone: string
}

const getSchedule = (api: Api, id: number, signal?: AbortSignal) => api.client.get('/api/factory/{id}/schedule', { id }, { signal })

/** Creates the schedule as a key sees it that may not change it. */
export const createScheduleView = (api: Api, { id, zone }: ScheduleFactory) => {
  const preview = createWeekPreview(zone)
  const hint = h('p', { className: 'hint' })
  const tables = h('div', { className: 'plans' })
  let shown: Schedule | undefined
  return {
    element: h('div', { className: 'schedule' }, hint, preview.element, tables),
    /** Loads the schedule, and shows it if it has changed. */
    async refresh(signal?: AbortSignal) {
      const { data } = await getSchedule(api, id, signal)
      if (data === shown) return
      shown = data
      setText(hint, data.versions.length === 0 && data.exceptions.length === 0 ? texts.noSchedule : '')
      preview.show(data)
      tables.replaceChildren(...createScheduleTables(data))
    },
  }
}

/** Creates the form that changes the schedule, with a preview of its content. It is filled once, so that a refresh never replaces input. */
export const createScheduleEditor = (api: Api, { id, zone }: ScheduleFactory) => {
  const preview = createWeekPreview(zone)
  const fields = createScheduleFields(() => preview.show(selectComplete(fields.read())))
  const saver = createDocumentSaver({
    words: texts.saver,
    fields: fields.element,
    async load() {
      const { data, etag } = await getSchedule(api, id)
      fields.fill(data)
      return etag!
    },
    findEtag: async () => (await getSchedule(api, id)).etag!,
    async write(condition) {
      clearFieldErrors(form)
      return (await api.write('PUT /api/factory/{id}/schedule', { id }, fields.read(), condition)).etag!
    },
    explain: (error) => showFieldErrors(error, fields.read(), fields.locate),
  })
  const form = h(
    'form',
    { 'aria-label': texts.title },
    fields.element,
    h('p', { className: 'buttons' }, saver.submit, ...saver.conflictButtons),
    saver.status,
  )
  form.addEventListener('submit', saver.handleSubmit)
  return { element: h('div', { className: 'schedule' }, preview.element, form), refresh: saver.open }
}
