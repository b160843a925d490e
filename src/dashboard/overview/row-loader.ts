import type { Api } from '../api/api.ts'
import { createSparkline } from '../elements/sparkline.ts'
import type { FactoryRow } from './row.ts'

/** Loads the hours and the days of each row when it becomes visible. Most rows of a large organisation never are. */
export const createRowLoader = (api: Api, findRow: (id: number) => FactoryRow | undefined) => {
  const requested = new Set<number>()
  /** The requested rows whose figures are old: they have changed, or loading them failed. */
  const outdated = new Set<number>()
  const load = async (id: number, signal?: AbortSignal) => {
    const row = findRow(id)
    if (!row) return
    const { data, changed } = await api.client.get('/api/factory/{id}/summary', { id }, signal ? { signal } : {})
    if (changed || row.hours.childElementCount === 0)
      row.hours.replaceChildren(...(data.hours.length ? [createSparkline(data.hours)] : ['–']))
    const [week, profile] = await Promise.all([
      api.client.get('/api/factory/{id}/chart-data', { id, last: 'week', fields: 'actual' }, signal ? { signal } : {}),
      api.client.get('/api/factory/{id}/profile', { id }, signal ? { signal } : {}),
    ])
    const { time, sprocket_production_actual } = week.data
    row.setWeek({ time, sprocket_production_actual: sprocket_production_actual! }, profile.data.time_zone)
  }
  const visibility = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const id = Number((target as HTMLElement).dataset['id'])
        if (!isIntersecting || requested.has(id)) continue
        requested.add(id)
        // A row is complete without its sparkline and its days. The next refresh tries again.
        load(id).catch(() => outdated.add(id))
      }
    },
    { rootMargin: '200px' },
  )
  return {
    observe: (element: HTMLElement) => visibility.observe(element),
    /** Loads the rows of these factories again, if they have been shown, and those that an earlier call could not load. */
    async reload(ids: number[], signal: AbortSignal) {
      for (const id of ids) if (requested.has(id)) outdated.add(id)
      const reloadRow = async (id: number) => {
        await load(id, signal)
        outdated.delete(id)
      }
      await Promise.all([...outdated].map(reloadRow))
    },
    end: () => visibility.disconnect(),
  }
}
